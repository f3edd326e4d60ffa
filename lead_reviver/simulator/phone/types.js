/**
 * Shapes that travel between the phone and the simulator. Types only; nothing runs here.
 *
 * @typedef {object} Lead
 * @property {string} id
 * @property {string} name
 * @property {string} phone
 * @property {string} bsuid
 * @property {string|null} username
 * @property {string} language
 * @property {boolean} hides_phone
 * @property {boolean} online
 * @property {boolean} read_receipts
 * @property {boolean} blocked
 * @property {boolean} marketing_stopped
 * @property {number|null} last_wrote_at
 * @property {number} typing_until   Unix seconds
 * @property {number} unread
 * @property {number} created_at
 * @property {Message|null} last_message
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {string} lead_id
 * @property {"in"|"out"} direction   in: written by the lead, out: by the business
 * @property {string} type
 * @property {any} content            the type-specific part, as Meta writes it
 * @property {number} at              Unix seconds
 * @property {string} status
 * @property {string} [context_id]
 * @property {Rendered} [rendered]
 * @property {string} [reaction_in]
 * @property {string} [reaction_out]
 * @property {boolean} [edited]
 * @property {boolean} [revoked]
 * @property {any} [referral]
 * @property {boolean} [forwarded]
 * @property {number} [error_code]
 *
 * @typedef {object} Rendered
 * @property {any} header
 * @property {string} body
 * @property {string|null} footer
 * @property {{type: string, text: string, payload?: string, url?: string, code?: string}[]} buttons
 *
 * @typedef {{name: string, phone: string}} Business
 */
export {};
