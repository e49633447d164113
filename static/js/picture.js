/**
 * Pictures of things, as the server's templates draw them.
 * @module
 */

/**
 * @param {string} image a drawing's name, or the address of a photograph
 * @param {number} size in pixels
 */
export function picture(image, size) {
  const photo = image.startsWith("https://");
  const element = new Image(size, size);
  element.alt = "";
  element.src = photo ? image : (document.body.dataset.art ?? "").replace("{name}", image);
  if (photo) element.className = "photo";
  return element;
}
