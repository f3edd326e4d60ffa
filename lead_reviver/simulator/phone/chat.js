/** The chat with the business, on one lead's phone. */

import * as api from "./api.js";
import { bubble } from "./bubbles.js";
import { composer } from "./composer.js";
import { attempt, avatar, day, el, icon } from "./elements.js";
import { listSheet, locationSheet, messageSheet } from "./sheets.js";
import * as store from "./store.js";

/** @typedef {import("./types.js").Message} Message */

const NEAR_END = 120;

/** @param {HTMLElement} screen @param {string} leadId @returns {() => void} */
export function chatScreen(screen, leadId) {
  const list = el("ol", { class: "messages", "aria-label": "Messages", role: "list" });
  const scroll = el("div", { class: "scroll paper", tabindex: 0, role: "region", "aria-label": "Chat" }, list);
  const presence = el("p", { class: "quiet small", "aria-live": "polite" });
  const dots = el("li", { class: "message theirs dots" }, el("div", { class: "bubble" }, el("span", { class: "hidden" }, "Typing"), el("i"), el("i"), el("i")));
  const write = composer(leadId);
  const lead = () => store.leads.get(leadId);
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let dotsTimer;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let readTimer;

  /** @type {import("./bubbles.js").Hands} */
  const hands = {
    menu: (message) => messageSheet(leadId, message, { reply: write.reply, edit: write.edit }),
    tap: (message, id) => void attempt(() => api.act(leadId, { type: "tap", message_id: message.id, id })),
    openList: (message) => listSheet(message, (id) => hands.tap(message, id)),
    sendLocation: (message) => locationSheet((location) => api.act(leadId, { type: "location", location, context: { id: message.id } })),
    sendNumber: (message) => void attempt(() => api.act(leadId, ownNumber(leadId, message))),
    jump,
  };

  /** @param {string} id */
  function jump(id) {
    const target = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
    target?.scrollIntoView({ block: "center", behavior: "smooth" });
    target?.classList.add("flash");
    setTimeout(() => target?.classList.remove("flash"), 1200);
  }

  /** Whether the end of the chat is in view; then it stays there, whatever loads or arrives. */
  let atEnd = true;
  const nearEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
  const toEnd = () => scroll.scrollTo({ top: scroll.scrollHeight });

  function drawAll() {
    list.replaceChildren();
    for (const message of store.thread.values()) append(message);
    if (store.thread.size === 0) list.append(el("li", { class: "day" }, el("span", {}, `Say hello to ${store.business.name}`)));
    drawTyping();
    toEnd();
    scheduleRead();
  }

  /** @param {Message} message */
  function append(message) {
    const date = day(message.at);
    const days = list.querySelectorAll("li.day");
    if (days.length === 0 || days[days.length - 1].textContent !== date) {
      if (store.thread.size <= 1) list.replaceChildren();
      list.append(el("li", { class: "day" }, el("span", {}, date)));
    }
    list.append(bubble(message, hands));
  }

  /** @param {Message} message */
  function drawOne(message) {
    const old = list.querySelector(`[data-id="${CSS.escape(message.id)}"]`);
    if (old) {
      if (old.querySelector("audio, video, .voice")) patchTicks(old, message);
      else old.replaceWith(bubble(message, hands));
    } else {
      dots.remove();
      append(message);
      list.lastElementChild?.classList.add("arrives");
      drawTyping();
    }
    if (atEnd || (!old && message.direction === "in")) toEnd();
    scheduleRead();
  }

  /** Keep a player that may be playing; only its ticks change. @param {Element} old @param {Message} message */
  function patchTicks(old, message) {
    const fresh = bubble(message, hands);
    const shown = old.querySelector(".meta");
    const next = fresh.querySelector(".meta");
    if (shown && next) shown.replaceWith(next);
    if (message.revoked || message.reaction_in || message.reaction_out || old.classList.contains("reacted")) old.replaceWith(fresh);
  }

  function drawTyping() {
    clearTimeout(dotsTimer);
    const left = (lead()?.typing_until ?? 0) - Date.now() / 1000;
    presence.textContent = left > 0 ? "typing…" : phoneOf();
    presence.classList.toggle("fresh", left > 0);
    if (left <= 0) return dots.remove();
    list.append(dots);
    if (atEnd) toEnd();
    dotsTimer = setTimeout(drawTyping, left * 1000 + 50);
  }

  function phoneOf() {
    const person = lead();
    if (!person) return "";
    if (!person.online) return `${person.name}'s phone is off`;
    return person.blocked ? `Blocked by ${person.name}` : `On ${person.name}'s phone`;
  }

  function scheduleRead() {
    clearTimeout(readTimer);
    readTimer = setTimeout(() => {
      const unread = [...store.thread.values()].some((each) => each.direction === "out" && each.status === "delivered");
      if (document.visibilityState === "visible" && (lead()?.unread || (unread && lead()?.read_receipts))) {
        api.markRead(leadId).catch(() => undefined);
      }
    }, 350);
  }

  screen.replaceChildren(
    el(
      "header",
      { class: "bar" },
      el("a", { class: "round", href: "#/", "aria-label": "Back to leads" }, icon("back")),
      el(
        "a",
        { class: "who", href: `#/lead/${encodeURIComponent(leadId)}/profile` },
        avatar(store.business.name, "business"),
        el("span", { class: "grow" }, el("h1", {}, store.business.name, icon("verified", "verified")), presence),
        el("span", { class: "hidden" }, "Open settings"),
      ),
    ),
    scroll,
    write.element,
  );
  scroll.addEventListener("scroll", () => (atEnd = nearEnd()), { passive: true });
  const watched = new ResizeObserver(() => atEnd && toEnd());
  watched.observe(list);
  watched.observe(scroll);
  drawTyping();
  void attempt(() => store.openThread(leadId));
  if (matchMedia("(pointer: fine)").matches) write.focus();
  document.addEventListener("visibilitychange", scheduleRead);
  const stop = store.listen((what, thing) => {
    if (what === "thread") drawAll();
    else if (what === "message") drawOne(thing);
    else if (what === "typing" || what === "leads") drawTyping();
    if (!lead()) location.replace("#/");
  });
  return () => {
    stop();
    watched.disconnect();
    clearTimeout(dotsTimer);
    clearTimeout(readTimer);
    document.removeEventListener("visibilitychange", scheduleRead);
    write.leave();
    void store.openThread(null);
  };
}

/** The answer to a request for the phone number. @param {string} leadId @param {Message} message */
function ownNumber(leadId, message) {
  const lead = store.leads.get(leadId);
  const name = { formatted_name: lead?.name ?? "", first_name: lead?.name ?? "" };
  const phones = [{ phone: lead?.phone, wa_id: lead?.phone.slice(1), type: "CELL" }];
  return { type: "contacts", contacts: [{ name, phones, origin: "contact_request" }], context: { id: message.id } };
}
