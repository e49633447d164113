/**
 * A wash of ember over what has just changed.
 * @param {Element} element
 */
export function wash(element) {
  element.classList.remove("changed");
  requestAnimationFrame(() => element.classList.add("changed"));
}
