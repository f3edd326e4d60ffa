/** The first screen: whose phone is it? */

import { el, avatar, icon, ticks, when } from "./elements.js";
import { summary } from "./bubbles.js";
import { newLeadSheet } from "./sheets.js";
import * as store from "./store.js";

/** More are found by searching: a load test makes thousands. */
const ROWS = 200;

/** @param {HTMLElement} screen @returns {() => void} */
export function leadsScreen(screen) {
  const list = el("ul", { class: "leads", "aria-label": "Leads", role: "list" });
  const search = el("input", {
    type: "search",
    class: "search",
    placeholder: "Search leads",
    "aria-label": "Search leads",
    oninput: () => draw(),
  });
  screen.replaceChildren(
    el(
      "header",
      { class: "bar large" },
      el("div", { class: "grow" }, el("h1", {}, "Leads"), el("p", { class: "quiet" }, "Pick up somebody's phone")),
      el("button", { class: "round primary", "aria-label": "New lead", onclick: newLeadSheet }, icon("plus")),
    ),
    el("div", { class: "searchbox" }, search),
    el("div", { class: "scroll" }, list),
  );

  function draw() {
    const wanted = search.value.trim().toLowerCase();
    const found = store.sorted().filter((lead) => `${lead.name} ${lead.phone} ${lead.username ?? ""}`.toLowerCase().includes(wanted)).slice(0, ROWS);
    const focused = list.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
    list.replaceChildren(...found.map(row));
    if (focused) list.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
    list.hidden = found.length === 0;
    search.parentElement.hidden = store.leads.size === 0;
    screen.querySelector(".empty")?.remove();
    if (found.length === 0) list.after(empty(store.leads.size === 0));
  }

  let frame = 0;
  draw();
  const stop = store.listen((what) => {
    if (!["leads", "typing"].includes(what)) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  });
  return () => {
    stop();
    cancelAnimationFrame(frame);
  };
}

/** @param {boolean} nobody */
function empty(nobody) {
  if (!nobody) return el("p", { class: "empty quiet" }, "Nobody of that name.");
  return el(
    "div",
    { class: "empty" },
    el("div", { class: "empty-art", "aria-hidden": "true" }, el("span"), el("span"), el("span")),
    el("h2", {}, "Nobody here yet"),
    el("p", { class: "quiet" }, "Make a lead, write the first message and see what comes back."),
    el("button", { class: "wide primary", onclick: newLeadSheet }, "Make the first lead"),
  );
}

/** @param {import("./types.js").Lead} lead */
function row(lead) {
  const last = lead.last_message;
  const typing = lead.typing_until > Date.now() / 1000;
  return el(
    "li",
    {},
    el(
      "a",
      { class: "lead", href: `#/lead/${encodeURIComponent(lead.id)}` },
      avatar(lead.name, lead.id),
      el(
        "span",
        { class: "grow" },
        el("span", { class: "line" }, el("strong", {}, lead.name), el("time", { class: lead.unread ? "fresh" : "quiet" }, when(store.lastMoment(lead)))),
        el(
          "span",
          { class: "line quiet" },
          el(
            "span",
            { class: `preview ${typing ? "fresh" : ""}` },
            last?.direction === "in" && !typing && ticks(last.status),
            typing ? "typing…" : last ? summary(last) : "No messages yet",
          ),
          lead.unread > 0 && el("span", { class: "badge" }, el("span", { class: "hidden" }, "Unread: "), String(lead.unread)),
        ),
      ),
    ),
  );
}
