// npm run logs: the story of one message, mailing, client or request, out of log files or standard input, as a timeline.
import { readLogsCommand } from './logs/options.ts';
import { openLogs } from './logs/sources.ts';
import { readStory } from './logs/story.ts';
import { printLine } from './logs/timeline.ts';

// `| head` ends early: nobody is there to read the rest.
process.stdout.on('error', () => process.exit(0));

const command = readLogsCommand(process.argv.slice(2), process.stdin.isTTY);
if ('help' in command) {
  console.log(command.help);
} else if ('faults' in command) {
  for (const fault of command.faults) console.error(fault);
  console.error('--help lists the flags.');
  process.exitCode = 2;
} else {
  const { subject, files, json } = command.options;
  try {
    await using sources = await openLogs(files, process.stdin);
    const { lines, read, unreadable, hasDebug } = await readStory(sources, subject);
    for (const line of lines) console.log(json ? line.text : printLine(line));
    if (lines.length === 0) process.exitCode = 1;
    console.error(`${lines.length} of ${read} lines are about ${subject.kind} ${subject.id}.`);
    if (unreadable > 0) console.error(`${unreadable} lines are no log lines of Carillon and were passed over.`);
    if (!hasDebug && subject.kind !== 'request')
      console.error('There are no lines at debug: attempts, batches and jobs are logged with LOG_LEVEL=debug only.');
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  }
}
