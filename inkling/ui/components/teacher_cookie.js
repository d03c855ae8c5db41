const sent = new Set();

/** Exchange a ticket for a cookie, once; a server without that address answers 404 or 405. */
export default function ({ data }) {
  if (sent.has(data)) return;
  sent.add(data);
  fetch("/teacher-cookie", { method: "POST", body: data, keepalive: true }).catch(() => {});
}
