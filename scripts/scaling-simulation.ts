// npm run scaling: what the setups of docs/scaling.md carry, as the table that stands there.
import { printSetups } from './scaling/setups.ts';

console.log(printSetups());
