// A real SMTP server that keeps what it takes, and refuses or stalls as a test tells it.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import { testCertificate } from './test-certificate.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly parsed: ParsedMail;
  readonly encrypted: boolean;
  readonly user: string | null;
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** Addresses as they were asked for, taken or not. */
  readonly asked: string[];
  /** How the next recipients and messages are answered: null is yes, a status and words are no. */
  refuse(answer: (recipient: string) => Refusal | null): void;
  /** The answer to a message whose data has come; null: yes. Resolve late to stall. */
  answerData(answer: () => Promise<Refusal | null>): void;
}

export interface Refusal {
  readonly status: number;
  readonly words: string;
}

interface Options {
  /** none: no encryption at all; starttls: offered; implicit: from the first byte. */
  readonly tls?: 'none' | 'starttls' | 'implicit';
  /** Only this user with this password may send. */
  readonly login?: { readonly user: string; readonly password: string };
}

export async function startMailServer({ tls = 'none', login }: Options = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const asked: string[] = [];
  let refusalOf: (recipient: string) => Refusal | null = () => null;
  let dataAnswer: () => Promise<Refusal | null> = async () => null;
  const options: SMTPServerOptions = {
    ...testCertificate,
    secure: tls === 'implicit',
    authOptional: login === undefined,
    hideSTARTTLS: tls !== 'starttls',
    allowInsecureAuth: tls === 'none',
    disabledCommands: [...(login === undefined ? ['AUTH'] : []), ...(tls === 'starttls' ? [] : ['STARTTLS'])],
    disableReverseLookup: true,
    onAuth: ({ username, password }, _, done) => {
      if (username === login?.user && password === login?.password) done(null, { user: username });
      else done(toError({ status: 535, words: 'Authentication credentials invalid' }));
    },
    onRcptTo: ({ address }, _, done) => {
      asked.push(address);
      const refusal = refusalOf(address);
      done(refusal === null ? null : toError(refusal));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        void (async () => {
          const raw = Buffer.concat(chunks);
          const refusal = await dataAnswer();
          if (refusal !== null) return done(toError(refusal));
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: raw.toString('utf8'),
            parsed: await simpleParser(raw),
            encrypted: session.secure,
            user: typeof session.user === 'string' ? session.user : null,
          });
          return done(null);
        })();
      });
    },
  };
  const server = new SMTPServer(options);
  // A client that breaks off is what some tests are about.
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    asked,
    refuse: (answer) => void (refusalOf = answer),
    answerData: (answer) => void (dataAnswer = answer),
    [Symbol.asyncDispose]: async () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function toError({ status, words }: Refusal): Error {
  return Object.assign(new Error(words), { responseCode: status });
}
