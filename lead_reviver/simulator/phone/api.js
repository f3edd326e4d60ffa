/** Calls to the simulator. Each resolves to JSON or throws an Error a person can read. */

/** @typedef {import("./types.js").Lead} Lead */
/** @typedef {import("./types.js").Message} Message */

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function call(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The simulator does not answer. Is it still running?");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.title ?? `The simulator said ${answer.status}.`);
  return body;
}

/** @param {string} method @param {string} path @param {unknown} [value] */
const send = (method, path, value = {}) =>
  call(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });

/** @param {string} leadId */
const of = (leadId) => `/simulator/leads/${encodeURIComponent(leadId)}`;

/** @returns {Promise<import("./types.js").Business>} */
export const getBusiness = () => call("/simulator/business");

/** @returns {Promise<{leads: Lead[]}>} */
export const getLeads = () => call("/simulator/leads");

/** @param {string} leadId @returns {Promise<Lead>} */
export const getLead = (leadId) => call(of(leadId));

/** @param {object} lead @returns {Promise<Lead>} */
export const makeLead = (lead) => send("POST", "/simulator/leads", lead);

/** @param {string} leadId @param {object} change @returns {Promise<Lead>} */
export const changeLead = (leadId, change) => send("PATCH", of(leadId), change);

/** @param {string} leadId @returns {Promise<{messages: Message[]}>} */
export const getMessages = (leadId) => call(`${of(leadId)}/messages`);

/** @param {string} leadId @param {object} action @returns {Promise<{id: string}>} */
export const act = (leadId, action) => send("POST", `${of(leadId)}/messages`, action);

/** @param {string} leadId */
export const markRead = (leadId) => send("POST", `${of(leadId)}/read`);

/** @param {string} leadId @param {string} messageId */
export const markPlayed = (leadId, messageId) => send("POST", `${of(leadId)}/messages/${messageId}/played`);

/**
 * @param {string} leadId
 * @param {Blob} file
 * @param {string} name
 * @returns {Promise<{id: string, mime_type: string, kind: string}>}
 */
export const upload = (leadId, file, name) =>
  call(`${of(leadId)}/media?filename=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { "Content-Type": file.type || "application/octet-stream" },
    body: file,
  });

/** @param {string} mediaId */
export const mediaUrl = (mediaId) => `/simulator/media/${encodeURIComponent(mediaId)}`;
