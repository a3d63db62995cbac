// A real Chromium that speaks to nobody but the pages it is given: for tests of the console, and for what is measured and pictured of it.
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { findChromium } from './chromium.ts';

/** `folder`: where it puts downloads. Throws in words when there is no Chromium. */
export async function launchChromium(folder: string): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('there is no Chromium: apt-get install chromium, or set CHROMIUM_PATH');
  return chromium.launch({
    executablePath,
    downloadsPath: folder,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
