/**
 * Images: a drawing's name, an upload ("picture:…") or an address, as markup that the shop's stylesheet knows.
 * @module
 */

const PREFIX = "picture:";
/** The squares that uploads are kept in, in pixels (shop/pictures.py). */
const SIZES = [112, 280, 560, 1120];

/** @param {string} image */
export function isPhotograph(image) {
  return image.startsWith(PREFIX) || image.startsWith("https:");
}

/**
 * Where the image is, for a square of so many pixels of the page. The page says where drawings are: at data-art, for one called {name}.
 * @param {string} image
 * @param {number} size
 */
export function source(image, size) {
  if (image.startsWith(PREFIX)) {
    const fitting = SIZES.find((side) => side >= 2 * size) ?? SIZES.at(-1);
    return `/pictures/${image.slice(PREFIX.length)}/${fitting}`;
  }
  if (isPhotograph(image)) return image;
  // What has no picture yet gets an empty frame.
  const drawing = document.body.dataset.art ?? "";
  return image ? drawing.replace("{name}", image) : drawing.replace("art/{name}", "icons/none");
}

/**
 * The image in such a square; without its address for as long as it is not to be drawn.
 * @param {string} image
 * @param {number} size
 */
export function frame(image, size) {
  const element = new Image(size, size);
  element.alt = "";
  if (isPhotograph(image)) element.className = "photo";
  return element;
}

/** @param {string} image @param {number} size */
export function picture(image, size) {
  const element = frame(image, size);
  element.src = source(image, size);
  return element;
}
