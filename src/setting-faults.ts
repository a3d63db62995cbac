// What can be wrong with single values of settings. config.ts reads them.
import { isIP } from 'node:net';
import { failpointSyntax, toFailpoints } from './failpoints.ts';

// Each of these says what follows the setting's name in a fault, or null when the value is good. Only harmless values are shown.

export function databaseUrlFault(text: string): string | null {
  const url = URL.parse(text);
  if (url !== null && /^postgres(ql)?:$/.test(url.protocol)) return null;
  return ': must look like postgres://user:password@host:5432/database (its value is not shown)';
}

export function providerUrlFault(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return ': must be an http:// or https:// URL up to and including /v1 (its value is not shown)';
  if (url.username !== '' || url.password !== '') return ': must not carry a user or password; the token goes into PROVIDER_TOKEN';
  if (url.search !== '' || url.hash !== '') return `=${quote(url.origin + url.pathname)}…: must end with the path: no query, no fragment`;
  return null;
}

export function hostFault(text: string): string | null {
  return isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text)
    ? null
    : `=${quote(text)}: must be an IP address or a host name, without port`;
}

export function tokenFault(text: string): string | null {
  // RFC 6750 section 2.1; anything else would break the header.
  return /^[A-Za-z0-9\-._~+/]+=*$/.test(text) ? null : ': holds characters that a bearer token cannot have (its value is not shown)';
}

/** As browsers write an origin: no path, no default port, nothing in capitals. */
export function originsFault(text: string): string | null {
  const wrong = toOrigins(text).find(
    (origin) => !/^https?:$/.test(URL.parse(origin)?.protocol ?? '') || URL.parse(origin)?.origin !== origin,
  );
  return wrong === undefined
    ? null
    : `=${quote(text)}: ${quote(wrong)} is not an origin such as https://console.example (scheme, host, port if it is not the usual one)`;
}

export function toOrigins(text: string): readonly string[] {
  return text
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
}

export function failpointFault(text: string): string | null {
  return toFailpoints(text) === null ? `=${quote(text)}: must be ${failpointSyntax}` : null;
}

export function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
