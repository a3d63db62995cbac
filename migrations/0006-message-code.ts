// What lists of messages of all mailings by error code are read by.
import { Migration } from '@mikro-orm/migrations';

export class MessageCode extends Migration {
  override up(): void {
    this.addSql(index);
  }
}

// Few messages have a code: accepted ones cost nothing, and stay HOT, as problem and problem_code stay null on their way (0001).
const index = `
create index message_code on message (problem_code, problem, id) where problem_code is not null;
`;
