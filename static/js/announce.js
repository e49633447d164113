/**
 * Changes told to screen readers: politely, the newest only, and at most one in three seconds.
 * @module
 */

const PAUSE_MS = 3_000;

let next = "";
let quietUntil = 0;
let timer = 0;

/** @param {string} text a sentence */
export function announce(text) {
  next = text;
  if (timer) return;
  timer = setTimeout(speak, Math.max(0, quietUntil - performance.now()));
}

function speak() {
  timer = 0;
  quietUntil = performance.now() + PAUSE_MS;
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = next;
}
