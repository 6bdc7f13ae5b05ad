import { runService } from '@keelson/service';
import { sdnService } from './service.js';

await runService(sdnService, { environment: process.env });
