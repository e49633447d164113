/**
 * What makes the dashboard live. Each element is markup that is complete without it.
 * @module
 */

import "./dashboard-link.js";
import "./figures-now.js";
import "./low-now.js";
import "./low-rows.js";
import "./order-desk.js";
import "./orders-feed.js";
import "./stock-desk.js";
