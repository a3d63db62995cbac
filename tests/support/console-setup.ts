// What a file of console tests works with: a database, a stub provider, a service that serves the console, and operators with browsers.
import type { Page } from 'playwright-core';
import { expectVisible, useOperators } from './console-browser.ts';
import type { Operators } from './console-browser.ts';
import { useEndToEnd } from './e2e-setup.ts';
import type { EndToEnd } from './e2e-setup.ts';

export interface ConsoleStage extends EndToEnd {
  readonly operators: Operators;
}

/** Call at the top of a file. `env`: settings of the service beside those of useEndToEnd. */
export function useConsole(env: Readonly<Record<string, string>> = {}): ConsoleStage {
  const operators = useOperators();
  // What a test holds stays in flight for as long as it looks at it.
  return Object.assign(useEndToEnd({ LOG_LEVEL: 'info', PROVIDER_TIMEOUT_MS: '60000', ...env }), { operators });
}

/** Makes `count` clients with the tag, in the zone; phones differ by `from`. */
export async function addClients(
  { service }: ConsoleStage,
  {
    tag,
    count,
    timeZone = 'Europe/Moscow',
    from = 0,
  }: { readonly tag: string; readonly count: number; readonly timeZone?: string; readonly from?: number },
): Promise<void> {
  const lines = Array.from({ length: count }, (_, index) => `7900${String(from + index).padStart(7, '0')},,${tag},${timeZone}`);
  const answer = await fetch(`${service.url}/clients/import`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: ['phone,operator_code,tag,time_zone', ...lines, ''].join('\n'),
  });
  if (!answer.ok) throw new Error(`import: ${answer.status} ${await answer.text()}`);
}

/** Creates a mailing to everybody with the tag, which starts at once; returns its id. */
export async function startMailing(
  { service }: ConsoleStage,
  {
    tag,
    text,
    ...rest
  }: {
    readonly tag: string;
    readonly text: string;
    readonly ratePerSecond?: number;
    readonly sendWindow?: { readonly from: string; readonly to: string };
    readonly startsAt?: string;
    /** In the place of the tag. */
    readonly filter?: { readonly tags: readonly string[] };
    readonly endsAt?: string;
  },
): Promise<string> {
  const { createMailing } = await service.query<{
    readonly createMailing: { readonly mailing: { readonly id: string } | null; readonly userErrors: readonly unknown[] };
  }>('mutation ($input: CreateMailingInput!) { createMailing(input: $input) { mailing { id } userErrors { code field message } } }', {
    input: { text, filter: { tags: [tag] }, startsAt: '2026-01-01T00:00:00Z', endsAt: '2099-01-01T00:00:00Z', ...rest },
  });
  if (createMailing.mailing === null) throw new Error(JSON.stringify(createMailing.userErrors));
  return createMailing.mailing.id;
}

/** A page that has no time to load anything before it is asked for. */
export async function openBusy({ service, operators }: ConsoleStage, expectedFaults = /nothing/): Promise<Page> {
  const page = await operators.open('about:blank', { expectedFaults, otherOrigins: [new URL(service.url).origin] });
  await page.addInitScript(() => {
    globalThis.requestIdleCallback = () => 0;
  });
  await page.goto(service.url);
  await expectVisible(page.getByText('Live', { exact: true }));
  return page;
}
