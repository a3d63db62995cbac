// What every reference program does: says its port, answers questions that come as lines of JSON.
import { createInterface } from 'node:readline';

export function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** `answerTo` gets each question; what it returns is the answer. */
export function answerQuestions(answerTo) {
  const answer = async (line) => say({ answer: (await answerTo(JSON.parse(line))) ?? true });
  createInterface({ input: process.stdin }).on('line', (line) => void answer(line));
  process.stdin.on('end', () => process.exit(0));
}
