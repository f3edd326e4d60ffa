/** What the phone knows: leads and their chats, kept fresh by the simulator's live events. */

import * as api from "./api.js";

/** @typedef {import("./types.js").Lead} Lead */
/** @typedef {import("./types.js").Message} Message */

/** @type {Map<string, Lead>} */
export const leads = new Map();
/** Messages of the chat that is open, by id, oldest first. @type {Map<string, Message>} */
export const thread = new Map();
/** @type {import("./types.js").Business} */
export const business = { name: "Business", phone: "" };

/** Leads heard of since the last load began. @type {Set<string>} */
const heard = new Set();
/** @type {string|null} */
let openLead = null;
/** @type {Set<(what: string, thing?: any) => void>} */
const listeners = new Set();

/** Hear of changes: `leads`, `message` (with it), `thread`, `typing`, `online`, `offline`. @param {(what: string, thing?: any) => void} listener */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @param {string} what @param {any} [thing] */
function tell(what, thing) {
  for (const listener of [...listeners]) listener(what, thing);
}

/** Leads, the latest chat first. @returns {Lead[]} */
export const sorted = () => [...leads.values()].sort((a, b) => lastMoment(b) - lastMoment(a));

/** @param {Lead} lead */
export const lastMoment = (lead) => lead.last_message?.at ?? lead.created_at;

/** Load everybody. What was heard of a lead while the answer was on its way is newer than the answer. */
export async function loadLeads() {
  heard.clear();
  const [{ leads: all }, owner] = await Promise.all([api.getLeads(), api.getBusiness()]);
  for (const id of [...leads.keys()]) if (!heard.has(id)) leads.delete(id);
  for (const lead of all) if (!heard.has(lead.id)) leads.set(lead.id, lead);
  Object.assign(business, owner);
  tell("leads");
}

/** Take note of a lead just made or changed. @param {Lead} lead */
export function remember(lead) {
  heard.add(lead.id);
  leads.set(lead.id, lead);
  tell("leads");
}

/** Find a lead by id, asking the simulator when it is not in the list. @param {string} leadId @returns {Promise<Lead|undefined>} */
export async function find(leadId) {
  if (!leads.has(leadId)) await api.getLead(leadId).then(remember, () => undefined);
  return leads.get(leadId);
}

/** @param {string|null} leadId */
export async function openThread(leadId) {
  openLead = leadId;
  thread.clear();
  if (leadId === null) return;
  const { messages } = await api.getMessages(leadId);
  if (openLead !== leadId) return;
  thread.clear();
  for (const message of messages) thread.set(message.id, message);
  tell("thread");
}

/** Start listening; loads everything whenever the stream (re)opens, since what came before it was missed. */
export function connect() {
  const source = new EventSource("/simulator/events");
  const reload = async () => {
    await loadLeads();
    if (openLead !== null && leads.has(openLead)) await openThread(openLead);
  };
  source.addEventListener("open", () => {
    tell("online");
    reload().catch(() => undefined);
  });
  source.addEventListener("error", () => tell("offline"));
  source.addEventListener("lead", (event) => {
    remember(JSON.parse(event.data));
  });
  source.addEventListener("message", (event) => {
    const message = /** @type {Message} */ (JSON.parse(event.data));
    const lead = leads.get(message.lead_id);
    if (lead && (!lead.last_message || lead.last_message.at <= message.at)) {
      lead.last_message = message;
      tell("leads");
    }
    if (message.lead_id === openLead) {
      thread.set(message.id, message);
      tell("message", message);
    }
  });
  source.addEventListener("typing", (event) => {
    const { lead_id: leadId, until } = JSON.parse(event.data);
    const lead = leads.get(leadId);
    if (lead) lead.typing_until = until;
    tell("typing");
  });
  source.addEventListener("resync", () => reload().catch(() => undefined));
  source.addEventListener("reset", () => {
    leads.clear();
    thread.clear();
    tell("leads");
    tell("thread");
  });
}
