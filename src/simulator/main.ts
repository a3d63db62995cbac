// The simulator as a program of its own: flags or environment in, totals on the terminal, ended by a signal.
import { readSimulatorCommand } from './settings.ts';
import { startSimulator } from './simulator.ts';

const command = readSimulatorCommand(process.argv.slice(2), process.env);
if ('help' in command) {
  console.log(command.help);
} else if ('faults' in command) {
  for (const fault of command.faults) console.error(fault);
  console.error('--help lists the flags.');
  process.exitCode = 1;
} else {
  await run(command);
}

async function run({ host, port, settings }: Omit<Parameters<typeof startSimulator>[0], 'print'>): Promise<void> {
  try {
    const simulator = await startSimulator({ host, port, settings, print: (line) => console.log(line) });
    const end = (): void => void simulator.close();
    process.once('SIGINT', end).once('SIGTERM', end);
  } catch (error) {
    console.error(`The simulator cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
