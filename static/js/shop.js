/**
 * What is live on every page of the shop. Pages with an element of their own load its module too; each element is markup
 * that is complete without it.
 * @module
 */

import "./cart-count.js";
import "./link-pill.js";
import "./search-box.js";
import "./stock-line.js";
import "./visitor-tools.js";
