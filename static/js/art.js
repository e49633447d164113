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
 * The image in a square of so many pixels of the page.
 * @param {string} image
 * @param {number} size
 * @param {string | undefined} template the address of a drawing called {name}
 */
export function picture(image, size, template) {
  const element = new Image(size, size);
  element.alt = "";
  if (image.startsWith(PREFIX)) {
    const fitting = SIZES.find((side) => side >= 2 * size) ?? SIZES.at(-1);
    element.src = `/pictures/${image.slice(PREFIX.length)}/${fitting}`;
  } else {
    element.src = isPhotograph(image) ? image : (template ?? "").replace("{name}", image);
  }
  if (isPhotograph(image)) element.className = "photo";
  return element;
}
