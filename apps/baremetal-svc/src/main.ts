import { runService } from '@keelson/service';
import { baremetalService } from './service.js';

await runService(baremetalService, { environment: process.env });
