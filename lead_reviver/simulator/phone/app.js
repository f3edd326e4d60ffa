/** Starts the phone and shows the screen that the address names: `#/`, `#/lead/ID`, `#/lead/ID/profile`. */

import { attempt, clock } from "./elements.js";
import { chatScreen } from "./chat.js";
import { leadsScreen } from "./leads.js";
import { profileScreen } from "./profile.js";
import * as store from "./store.js";

const screen = /** @type {HTMLElement} */ (document.getElementById("screen"));
/** Takes the shown screen down. @type {() => void} */
let leave = () => undefined;

/** Counts the screens asked for, so that a slow one does not cover a later one. */
let turns = 0;

async function show() {
  const [, , leadId, page] = location.hash.split("/").map(decodeURIComponent);
  leave();
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  leave = () => undefined;
  const turn = ++turns;
  const lead = leadId ? await store.find(leadId) : undefined;
  if (turn !== turns) return;
  if (leadId && !lead) {
    location.replace("#/");
    return;
  }
  if (!lead) leave = leadsScreen(screen);
  else if (page === "profile") leave = profileScreen(screen, lead.id);
  else leave = chatScreen(screen, lead.id);
}

function showClock() {
  const line = document.getElementById("device-clock");
  if (line) line.textContent = clock(Date.now() / 1000);
}

addEventListener("hashchange", show);
store.listen((what) => document.body.classList.toggle("offline", what === "offline" || (what !== "online" && document.body.classList.contains("offline"))));
showClock();
setInterval(showClock, 10000);
await attempt(store.loadLeads);
store.connect();
await show();
