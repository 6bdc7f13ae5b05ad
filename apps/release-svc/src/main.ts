import { runService } from '@keelson/service';
import { releaseService } from './service.js';

await runService(releaseService, { environment: process.env });
