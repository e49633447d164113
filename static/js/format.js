/**
 * Money and times as the page says them, in its language.
 * @module
 */

/** Currencies whose minor unit is not a hundredth. shop/money.py has the same two lists. */
const THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND";
const WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";

/** How the shop writes amounts and times, as its pages came with them; and a default for pages that don't say. */
const LANGUAGE = document.body.dataset.locale || document.documentElement.lang || "en";

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/**
 * An amount with its currency, such as "€28.00".
 * @param {number} amount in minor units: cents for EUR, yen for JPY
 * @param {string} currency ISO 4217
 * @returns {string}
 */
export function money(amount, currency) {
  const digits = THOUSANDTHS.includes(currency) ? 3 : WHOLE.includes(currency) ? 0 : 2;
  let format = formats.get(currency);
  if (!format) {
    const options = /** @type {const} */ ({ style: "currency", currency, currencyDisplay: "narrowSymbol" });
    format = new Intl.NumberFormat(LANGUAGE, { ...options, minimumFractionDigits: digits, maximumFractionDigits: digits });
    formats.set(currency, format);
  }
  return format.format(amount / 10 ** digits);
}

/**
 * The same without seconds, such as "14:02".
 * @param {string} iso RFC 3339
 * @param {string} zone an IANA name, such as "Europe/Brussels"
 * @returns {string}
 */
export function minute(iso, zone) {
  const options = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return new Date(iso).toLocaleTimeString(LANGUAGE, { ...options, timeZone: zone });
}

/**
 * The time of day of an instant in the shop's zone, such as "14:02:11".
 * @param {string} iso RFC 3339
 * @param {string} zone an IANA name, such as "Europe/Brussels"
 * @returns {string}
 */
export function time(iso, zone) {
  const options = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  return new Date(iso).toLocaleTimeString(LANGUAGE, { ...options, timeZone: zone });
}
