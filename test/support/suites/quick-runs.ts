import * as fc from 'fast-check';

// `npm run check` tries each property a tenth as often as `npm test`: with new inputs each time, and fast.
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: 10 });
