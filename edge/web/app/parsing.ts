import { z } from 'zod';

// Without generated code, which the page's Content-Security-Policy forbids. Imported before any schema is made.
z.config({ jitless: true });
