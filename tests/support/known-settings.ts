// The names that deployments may set.
import { settings } from '../../src/config.ts';

export const settingNames: ReadonlySet<string> = new Set(settings.map(({ name }) => name));
