/**
 * What makes the shop's pages live. Each element is markup that is complete without it.
 * @module
 */

import "./cart-count.js";
import "./cart-page.js";
import "./checkout-form.js";
import "./link-pill.js";
import "./order-way.js";
import "./product-choice.js";
import "./search-box.js";
import "./stock-line.js";
