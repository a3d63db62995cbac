// Where the Chromium is that the console is tried in.
import { accessSync, constants } from 'node:fs';

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];

/** CHROMIUM_PATH, or the first of the usual places that has one; null: there is none. */
export function findChromium(): string | null {
  const given = process.env['CHROMIUM_PATH'];
  return (given === undefined ? usualPlaces : [given]).find(isExecutable) ?? null;
}

export function isCi(): boolean {
  return process.env['CI'] !== undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
