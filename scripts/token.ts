// npm run token: signs a bearer token with the secret that the service checks tokens with. For setups without an identity provider.
import { userInfo } from 'node:os';
import { SignJWT } from 'jose';
import { readTokenCommand } from './token/options.ts';
import type { TokenOptions } from './token/options.ts';

const command = readTokenCommand(process.argv.slice(2), process.env, userNameOf());
if ('help' in command) {
  console.log(command.help);
} else if ('faults' in command) {
  for (const fault of command.faults) console.error(fault);
  console.error('--help lists the flags.');
  process.exitCode = 2;
} else {
  const expiresAt = new Date(Date.now() + command.options.seconds * 1_000);
  console.log(await sign(command.options, expiresAt));
  console.error(whatNext(command.options, expiresAt));
}

async function sign({ secret, issuer, audience, subject, role }: TokenOptions, expiresAt: Date): Promise<string> {
  const token = new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(expiresAt);
  if (issuer !== null) token.setIssuer(issuer);
  if (audience !== null) token.setAudience(audience);
  return token.sign(new TextEncoder().encode(secret));
}

function whatNext({ subject, role }: TokenOptions, expiresAt: Date): string {
  return `
A token for ${JSON.stringify(subject)}, ${role}, until ${expiresAt.toISOString()}. Whoever has it may do what it says: it cannot be called back.

  HTTP         -H 'authorization: Bearer TOKEN'
  WebSocket    connectionParams: { authorization: 'Bearer TOKEN' }
  Playground   the tab Headers below the operation: { "Authorization": "Bearer TOKEN" }
  Demo         CARILLON_TOKEN=TOKEN npm run demo`;
}

/** Containers run under users that have no name. */
function userNameOf(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unnamed';
  }
}
