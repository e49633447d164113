/**
 * A stock level in words and pips. shop/stock.py says the same; tests/shop/test_stock_words.py holds them together.
 * @module
 */

const PIPS = 5;

/**
 * @typedef {{left?: number, held?: number, plenty?: boolean}} Public What everybody may know, in units
 * @typedef {{state: string, word: string, sentence: string, pips: string[]}} Said
 */

/**
 * The words for a public level.
 * @param {Public} seen
 * @returns {Said}
 */
export function say({ left = 0, held = 0, plenty = false }) {
  if (plenty) return { state: "in", word: "In stock", sentence: "On our shelf. Sent tomorrow.", pips: ["plenty"] };
  const free = Math.min(left, PIPS);
  const rings = Math.min(held, PIPS - free);
  const pips = Array.from({ length: PIPS }, (_, place) => (place < free ? "" : place < free + rings ? "held" : "none"));
  const comingBack = held ? `${held} more held and may come back.` : "";
  if (left > 1) return { state: "few", word: `${left} left`, sentence: comingBack || "On our shelf right now.", pips };
  if (left === 1) {
    return { state: "last", word: "Last one", sentence: comingBack || "Held for you once you check out.", pips };
  }
  if (held) return { state: "held", word: "All held", sentence: `${held} may come back soon.`, pips };
  return { state: "out", word: "Sold out", sentence: "Nothing left on our shelf.", pips };
}

/**
 * How many can be bought now; more than anybody wants where there is plenty.
 * @param {Public} seen
 * @returns {number}
 */
export function free({ left = 0, plenty = false }) {
  return plenty ? Infinity : left;
}
