import pg from 'pg';
import { openDatabase } from './src/database/database.ts';
const url='postgres://postgres@127.0.0.1:5599/x_soak';
const d=await openDatabase({url,connections:2,applicationName:'cut',statementTimeoutMs:0,onConnectionLost:()=>{}});
const c=new pg.Pool({connectionString:url});
for(let i=0;i<8;i++){
 const r=await Promise.allSettled([c.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name='cut'"),...[1,2].map(()=>d.transaction(async tx=>tx.rows('select pg_sleep(0.01)')))]);
 console.log(i, r.slice(1).map(x=>x.status==='rejected'?String(x.reason).slice(0,60)+(x.reason.stack??'').includes('beginTransaction'):'ok'));
}
process.exit()
