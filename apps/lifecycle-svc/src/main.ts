import { runService } from '@keelson/service';
import { lifecycleService } from './service.js';

await runService(lifecycleService, { environment: process.env });
