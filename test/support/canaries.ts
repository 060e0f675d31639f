/** What tests use as passwords of people. None may ever be found in a log. */
export const canaryPasswords = ['correct-horse', 'battery-staple', 'not-the-password'] as const;

/** A word that is in the subject or the body of test mails, and nowhere else: found in a log, it came from there. */
export const canaryWord = 'quokkalilt';
