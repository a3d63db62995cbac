// Where the service is, who asks, and the WebSocket that comes back by itself. Both clients use it.
import { createClient } from 'graphql-ws';

export const httpUrl = new URL('/graphql', process.env['CARILLON_URL'] ?? 'http://127.0.0.1:4000').href;
const webSocketUrl = httpUrl.replace(/^http/, 'ws');

export async function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asked before every request and every connection, so one that has run out is replaced: yours may ask the login for a new one. */
async function readToken(): Promise<string | undefined> {
  return process.env['CARILLON_TOKEN'];
}

/** Over HTTP these are headers, over the WebSocket connectionParams. */
export async function authorize(): Promise<Record<string, string>> {
  const token = await readToken();
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

let unanswered: ReturnType<typeof setTimeout> | undefined;

/** One connection for all subscriptions: opened with the first, closed after the last, and opened again when it breaks. */
export const connection = createClient({
  url: webSocketUrl,
  connectionParams: authorize,
  retryAttempts: Infinity,
  // Also when nobody answers: by itself graphql-ws tries again only after a connection that was there.
  shouldRetry: () => true,
  // 0.5 to 1 s, then twice as long each time up to 10 s: not every page asks in the same moment when the service is back.
  retryWait: async (retries) => wait(Math.min(1_000 * 2 ** retries, 10_000) * (0.5 + Math.random() / 2)),
  // A network that is gone without a word is noticed within 15 s.
  keepAlive: 10_000,
  on: {
    ping: (received) => {
      if (!received) unanswered = setTimeout(() => connection.terminate(), 5_000);
    },
    pong: () => clearTimeout(unanswered),
    closed: (event) => {
      clearTimeout(unanswered);
      if (event instanceof CloseEvent && event.code !== 1000) console.error(`connection closed: ${event.code} ${event.reason}`);
    },
  },
});
