/** A lead's own settings: what the phone shows of the person, and what the business may still send. */

import * as api from "./api.js";
import { attempt, avatar, clock, day, el, icon } from "./elements.js";
import { field, sheet } from "./sheets.js";
import * as store from "./store.js";

const DAY = 86400;

/** @param {HTMLElement} screen @param {string} leadId @returns {() => void} */
export function profileScreen(screen, leadId) {
  const body = el("div", { class: "scroll profile" });
  screen.replaceChildren(
    el("header", { class: "bar" }, el("a", { class: "round", href: `#/lead/${encodeURIComponent(leadId)}`, "aria-label": "Back to the chat" }, icon("back")), el("h1", {}, "Settings")),
    body,
  );

  function draw() {
    const lead = store.leads.get(leadId);
    if (!lead) return location.replace("#/");
    const focused = document.activeElement?.getAttribute("data-name");
    body.replaceChildren(
      el("div", { class: "face" }, avatar(lead.name, lead.id), el("h2", {}, lead.name), el("p", { class: "quiet" }, lead.phone), lead.username && el("p", { class: "quiet" }, `@${lead.username}`)),
      el("p", { class: "card quiet small" }, windowText(lead)),
      el(
        "div",
        { class: "card" },
        toggle(lead, "online", "Phone is on", "Off: messages stay at one tick"),
        toggle(lead, "read_receipts", "Read receipts", "Off: the business never sees that it was read"),
        toggle(lead, "hides_phone", "Hide phone number", "The business knows a user id instead"),
      ),
      el(
        "div",
        { class: "card" },
        switchRow("marketing", !lead.marketing_stopped, "Offers and announcements", "Off: no marketing from this business", (on) =>
          api.act(leadId, { type: "marketing", value: on ? "resume" : "stop" }),
        ),
        toggle(lead, "blocked", `Block ${store.business.name}`, "Nothing arrives any more"),
      ),
      el("div", { class: "card" }, el("button", { class: "choice", onclick: () => numberSheet(leadId) }, icon("phone"), "Change phone number")),
      el("p", { class: "quiet small ids" }, "User id ", el("code", {}, lead.bsuid)),
    );
    if (focused) body.querySelector(`[data-name="${focused}"]`)?.focus();
  }

  /** @param {any} lead @param {string} name @param {string} text @param {string} hint */
  const toggle = (lead, name, text, hint) => switchRow(name, lead[name], text, hint, (on) => api.changeLead(leadId, { [name]: on }));

  draw();
  return store.listen((what) => what === "leads" && draw());
}

/** @param {string} name @param {boolean} on @param {string} text @param {string} hint @param {(on: boolean) => Promise<any>} change */
function switchRow(name, on, text, hint, change) {
  const hintId = `hint-${name}`;
  const box = el("input", { type: "checkbox", role: "switch", "data-name": name, "aria-describedby": hintId, onchange: () => void attempt(() => change(box.checked)) });
  box.checked = on;
  return el("div", { class: "switch" }, el("label", { class: "grow" }, text, box), el("span", { class: "quiet small", id: hintId }, hint));
}

/** @param {import("./types.js").Lead} lead */
function windowText(lead) {
  if (lead.last_wrote_at === null) return `${lead.name} has not written yet: ${store.business.name} may only send approved templates.`;
  const closes = lead.last_wrote_at + DAY;
  if (closes < Date.now() / 1000) return `The last message is more than 24 hours old: ${store.business.name} may only send approved templates.`;
  const date = day(closes) === "Today" ? "today" : "tomorrow";
  return `${store.business.name} may write freely until ${date}, ${clock(closes)}.`;
}

/** @param {string} leadId */
function numberSheet(leadId) {
  const form = el(
    "form",
    {
      class: "form",
      onsubmit: async (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const phone = new FormData(form).get("phone");
        if (await attempt(() => api.act(leadId, { type: "number_change", phone }))) dialog.close();
      },
    },
    field("New phone number", el("input", { name: "phone", type: "tel", required: true, placeholder: "+34 699 111 222" })),
    el("button", { class: "wide primary", type: "submit" }, "Change number"),
  );
  const dialog = sheet("Change phone number", form);
}
