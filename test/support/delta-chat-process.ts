import { startDeltaChat } from './delta-chat.ts';

// A process that starts a Delta Chat and says which process that is, for a test that kills it.
console.log(startDeltaChat().pid);
