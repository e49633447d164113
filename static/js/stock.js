/**
 * A stock level in words and pips. shop/stock.py says the same; tests/shop/test_stock_words.py holds them together.
 * @module
 */

const PIPS = 5;
const LATER = "Not in stock now; order it and we send it when it comes.";
const ALL_HELD = "Others are paying for the last ones. Wait here, or put it in your cart: both show at once what comes back.";

/**
 * @typedef {{left?: number, held?: number, plenty?: boolean, backorder?: boolean}} Public What everybody may know, in units
 * @typedef {{state: string, word: string, sentence: string, pips: string[]}} Said
 */

/**
 * The words for a public level.
 * @param {Public} seen
 * @returns {Said}
 */
export function say({ left = 0, held = 0, plenty = false, backorder = false }) {
  if (plenty) return { state: "in", word: "In stock", sentence: "On our shelf. Sent tomorrow.", pips: ["plenty"] };
  const free = Math.min(left, PIPS);
  const rings = Math.min(held, PIPS - free);
  const pips = Array.from({ length: PIPS }, (_, place) => (place < free ? "" : place < free + rings ? "held" : "none"));
  const more = backorder ? "Order more and we send them when they come." : "";
  const further = held ? `${held} more held and may come back.` : more;
  if (left > 1) return { state: "few", word: `${left} left`, sentence: further || "On our shelf right now.", pips };
  if (left === 1) {
    return { state: "last", word: "Last one", sentence: further || "Held for you once you check out.", pips };
  }
  if (backorder) return { state: "later", word: "Comes later", sentence: LATER, pips };
  if (held) return { state: "held", word: "All held", sentence: ALL_HELD, pips };
  return { state: "out", word: "Sold out", sentence: "Nothing left on our shelf.", pips };
}

/**
 * How many can be ordered now; more than anybody wants where there is plenty, or where more can come.
 * @param {Public} seen
 * @returns {number}
 */
export function free({ left = 0, plenty = false, backorder = false }) {
  return plenty || backorder ? Infinity : left;
}
