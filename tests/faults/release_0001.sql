INSERT INTO "approval_items" VALUES(1,1);
INSERT INTO "approval_items" VALUES(1,2);
INSERT INTO "approval_items" VALUES(1,3);
INSERT INTO "approval_items" VALUES(1,4);
INSERT INTO "approval_items" VALUES(1,5);
INSERT INTO "approval_items" VALUES(1,6);
INSERT INTO "approval_items" VALUES(1,7);
INSERT INTO "approval_items" VALUES(1,8);
INSERT INTO "approval_items" VALUES(1,9);
INSERT INTO "approval_items" VALUES(1,10);
INSERT INTO "approval_items" VALUES(1,11);
INSERT INTO "approval_items" VALUES(1,12);
INSERT INTO "approval_items" VALUES(2,1);
INSERT INTO "approval_items" VALUES(2,2);
INSERT INTO "approval_items" VALUES(2,3);
INSERT INTO "approval_items" VALUES(2,4);
INSERT INTO "approval_items" VALUES(2,5);
INSERT INTO "approval_items" VALUES(2,6);
INSERT INTO "approval_items" VALUES(2,7);
INSERT INTO "approval_items" VALUES(2,8);
INSERT INTO "approval_items" VALUES(2,9);
INSERT INTO "approval_items" VALUES(2,10);
INSERT INTO "approval_items" VALUES(2,11);
INSERT INTO "approval_items" VALUES(2,12);
INSERT INTO "approvals" VALUES(1,'OFF-101','d875b0b0908c3da9c4e726d0089d602275a87a7ed7fb133ccf9268468d8ed43e','P-003',1,'2026-11-23 09:00:00.008000',NULL);
INSERT INTO "approvals" VALUES(2,'OFF-101','d875b0b0908c3da9c4e726d0089d602275a87a7ed7fb133ccf9268468d8ed43e','P-005',1,'2026-11-23 09:00:00.008000',NULL);
INSERT INTO "inbound" VALUES('form:delivery-P-002-[(''exit'', ''voluntary''), (''person'', ''P-004''), (''typed'', ''Alice Martin''), (''when'', ''now'')]','2026-11-23 09:00:00.000000','');
INSERT INTO "journal" VALUES(1,'2026-11-23 09:00:00.000000','OFF-101','request.submitted','{"at":"2026-11-23T09:00:00+00:00","facts":{"immediate":true,"policy_version":1,"requester":"P-002","runbook_version":2,"starts_at":"2026-11-23T09:00:00+00:00","subject":"P-004"},"kind":"request.submitted","private":{"exit":"fb6158c5641a94cfe0924d14fb6ec64dbccb1ac3cfad214378753ef657e6516f","subject_name":"e4c363211384ac9f8dc5494a3b6c8f2449f257a585a3b49369cfcef8d30056a6"},"request":"OFF-101"}','bc43fcd08e8c43cedb98f12db956a559d0017c5f06f83f50643a396cef7e08b3');
INSERT INTO "journal" VALUES(2,'2026-11-23 09:00:00.004000','OFF-101','system.read','{"at":"2026-11-23T09:00:00.004000+00:00","facts":{"control":"github itself","references":[],"system":"github"},"kind":"system.read","private":{},"request":"OFF-101"}','5b492efeef7ac36cee81554694ce23403490cdbfaba5b41dfd0bc9ef89d2b329');
INSERT INTO "journal" VALUES(3,'2026-11-23 09:00:00.007000','OFF-101','system.read','{"at":"2026-11-23T09:00:00.007000+00:00","facts":{"control":"aws itself","references":[],"system":"aws"},"kind":"system.read","private":{},"request":"OFF-101"}','477b1b6b4f9798c8f354999358611a359f3b1f72ecc0ea33f1c896a92beb85e5');
INSERT INTO "journal" VALUES(4,'2026-11-23 09:00:00.007000','OFF-101','plan.made','{"at":"2026-11-23T09:00:00.007000+00:00","facts":{"approvers":["P-003","P-005"],"digest":"d875b0b0908c3da9c4e726d0089d602275a87a7ed7fb133ccf9268468d8ed43e","quorum":2,"steps":12},"kind":"plan.made","private":{},"request":"OFF-101"}','91d24c2f510e38f790d0a0734f7ee8beac839344972324d1740b8ac8cad487db');
INSERT INTO "journal" VALUES(5,'2026-11-23 09:00:00.008000','OFF-101','request.approval','{"at":"2026-11-23T09:00:00.008000+00:00","facts":{"by":"P-003","digest":"d875b0b0908c3da9c4e726d0089d602275a87a7ed7fb133ccf9268468d8ed43e","items":[1,2,3,4,5,6,7,8,9,10,11,12],"yes":true},"kind":"request.approval","private":{},"request":"OFF-101"}','3ecedf2483287613aed4498d71937130e4ed84b9c307648ec1913b0731f33665');
INSERT INTO "journal" VALUES(6,'2026-11-23 09:00:00.008000','OFF-101','request.approval','{"at":"2026-11-23T09:00:00.008000+00:00","facts":{"by":"P-005","digest":"d875b0b0908c3da9c4e726d0089d602275a87a7ed7fb133ccf9268468d8ed43e","items":[1,2,3,4,5,6,7,8,9,10,11,12],"yes":true},"kind":"request.approval","private":{},"request":"OFF-101"}','5ebf0cc56807506c14f85c448151f3a4c80594199dcbe4b9838ea91ab153e0df');
INSERT INTO "journal" VALUES(7,'2026-11-23 09:00:00.008000','OFF-101','request.approved','{"at":"2026-11-23T09:00:00.008000+00:00","facts":{"digest":"d875b0b0908c3da9c4e726d0089d602275a87a7ed7fb133ccf9268468d8ed43e"},"kind":"request.approved","private":{},"request":"OFF-101"}','32979a1b07bbfd2cb842f63632ca92e3bc01298c5b648b850e4f7c02e3ef0dc6');
INSERT INTO "journal" VALUES(8,'2026-11-23 09:00:00.008000','OFF-101','request.started','{"at":"2026-11-23T09:00:00.008000+00:00","facts":{},"kind":"request.started","private":{},"request":"OFF-101"}','afeb6113d49b2028e2e12baad644bfefda9ebffdbe31dca75ed11177e8d41295');
INSERT INTO "journal" VALUES(9,'2026-11-23 09:00:00.012000','OFF-101','system.read','{"at":"2026-11-23T09:00:00.012000+00:00","facts":{"control":"github itself","references":[],"system":"github"},"kind":"system.read","private":{},"request":"OFF-101"}','aed21662b4f3673cd39646147e963b59e7b1b26065d1e8567cce77b23118e3f7');
INSERT INTO "journal" VALUES(10,'2026-11-23 09:00:00.015000','OFF-101','system.read','{"at":"2026-11-23T09:00:00.015000+00:00","facts":{"control":"aws itself","references":[],"system":"aws"},"kind":"system.read","private":{},"request":"OFF-101"}','dd9790e9092c7984c2f2ac4cfeac2a585b247f78c6f74ae337a3a52127b4b5d9');
INSERT INTO "journal" VALUES(11,'2026-11-23 09:00:00.017000','OFF-101','step.started','{"at":"2026-11-23T09:00:00.017000+00:00","facts":{"attempt":1,"change":"suspend","step":"OFF-101.1","system":"github"},"kind":"step.started","private":{"before":"5dfa61d76735aca4be5064de8ebeb20f402fbf4c9f7ac7f1c90161ad83a6c0f5"},"request":"OFF-101"}','d1ae2d0138d97d75a607ad0ceb713e9aca3fca7495e5ddd214217987949f619a');
INSERT INTO "journal" VALUES(12,'2026-11-23 09:00:00.018000','OFF-101','step.applied','{"at":"2026-11-23T09:00:00.018000+00:00","facts":{"references":[],"result":"applied","step":"OFF-101.1"},"kind":"step.applied","private":{"said":"1b9798d812138f8a003794b6e6fba0555cdc0d6b99e4a312730619aa2ef8ef24"},"request":"OFF-101"}','0aef23fc5fc9c849c222fd118cfe8add40f4bd90343fc51fc17557fed8434644');
INSERT INTO "journal" VALUES(13,'2026-11-23 09:00:00.019000','OFF-101','step.started','{"at":"2026-11-23T09:00:00.019000+00:00","facts":{"attempt":1,"change":"disable","step":"OFF-101.2","system":"github"},"kind":"step.started","private":{"before":"0ac7e538fede5ecd89fbb89edd03c4ab37406e85acf9ac389367e6759187b698"},"request":"OFF-101"}','bcb3043889fcfca959a6ffce1f6e2acba9a21203b33cf95209508dcf75300bdd');
INSERT INTO "journal" VALUES(14,'2026-11-23 09:00:00.020000','OFF-101','step.applied','{"at":"2026-11-23T09:00:00.020000+00:00","facts":{"references":[],"result":"applied","step":"OFF-101.2"},"kind":"step.applied","private":{"said":"e0a089dcb24da2ed44e01ea9c9938c9b809b541e8c053b3a008b207533296c39"},"request":"OFF-101"}','fcb553b5fdd397383e08474318ab3ec3e579d5d626b234e864eb665450e8cb73');
INSERT INTO "journal" VALUES(15,'2026-11-23 09:00:00.021000','OFF-101','step.started','{"at":"2026-11-23T09:00:00.021000+00:00","facts":{"attempt":1,"change":"suspend","step":"OFF-101.3","system":"aws"},"kind":"step.started","private":{"before":"9219fe6acad74f462260dbfb09abf513cf60e80a27c189644faeb4fef1cb78ed"},"request":"OFF-101"}','3b405aa6ea0a03b334931bf230d733aa9be735d528bc3869c07067f22cd68d4b');
INSERT INTO "journal" VALUES(16,'2026-11-23 09:00:00.022000','OFF-101','step.applied','{"at":"2026-11-23T09:00:00.022000+00:00","facts":{"references":[],"result":"applied","step":"OFF-101.3"},"kind":"step.applied","private":{"said":"416542d944deab9177512cfa6fb8eefa9ef55e98c9fe3a529954eadc1c26052f"},"request":"OFF-101"}','3e04e7d6361664f409933c707e1f2a74d12852824a141b0629c80ae72681d0d9');
INSERT INTO "journal" VALUES(17,'2026-11-23 09:00:00.023000','OFF-101','step.started','{"at":"2026-11-23T09:00:00.023000+00:00","facts":{"attempt":1,"change":"disable","step":"OFF-101.4","system":"aws"},"kind":"step.started","private":{"before":"89da7bfa0a69492f52b04d2404ff89fd93daef997347bd516df98ac0a2239b47"},"request":"OFF-101"}','f51190715cd0d99aeaea9ddcc4206b0d44be95eeb317a7408e4137503bddcf9e');
INSERT INTO "journal" VALUES(18,'2026-11-23 09:00:00.024000','OFF-101','step.applied','{"at":"2026-11-23T09:00:00.024000+00:00","facts":{"references":[],"result":"applied","step":"OFF-101.4"},"kind":"step.applied","private":{"said":"11f0cc2aecdf73c71a0d5a1dddbd42e9da52a4835e5c19a55c039d3f3c0505bf"},"request":"OFF-101"}','3b0ee954290d3e551cea6d13547ae689a9a09c4a281976f86b51e7f5760865d7');
INSERT INTO "journal" VALUES(19,'2026-11-23 09:00:00.025000','OFF-101','step.started','{"at":"2026-11-23T09:00:00.025000+00:00","facts":{"attempt":1,"change":"disable","step":"OFF-101.5","system":"aws"},"kind":"step.started","private":{"before":"92c16309eaee3b0b2bcf5e4adf6877a9f6c4330118d969a01a5168c298e4b094"},"request":"OFF-101"}','9d06addf0dbd8488024ab3d4f8397d2dbfb59f5719e1cafa5a818479c2b904f5');
INSERT INTO "journal" VALUES(20,'2026-11-23 09:00:00.026000','OFF-101','step.applied','{"at":"2026-11-23T09:00:00.026000+00:00","facts":{"references":[],"result":"applied","step":"OFF-101.5"},"kind":"step.applied","private":{"said":"8b333f616b9e69a986601f15afe650c1f27fafdf9a4acc572f451b5c184678e5"},"request":"OFF-101"}','b0f39da29c2d3dd21de4199f3016a9090a457a18f7d7af9dbc13660fcd292ac2');
INSERT INTO "journal_private" VALUES(1,'subject_name','1b24a9b691819f4f8d7caa3621c7b09e','Alice Martin');
INSERT INTO "journal_private" VALUES(1,'exit','d8240bc8536d343f1e0b99f8af149413','voluntary');
INSERT INTO "journal_private" VALUES(11,'before','bfe449f74aeb2040eefc22bee7be95dd','{"account":"40004","kind":"suspend","label":"alice-m"}');
INSERT INTO "journal_private" VALUES(12,'said','f322868eafe8252a9f90da9ddc814dca','suspend made.');
INSERT INTO "journal_private" VALUES(13,'before','62560c768bc503dffdda484bf9be219a','{"account":"40004","kind":"disable","label":"alice-m"}');
INSERT INTO "journal_private" VALUES(14,'said','5a40b7a0f2eb426098e4be44df617ad1','disable made.');
INSERT INTO "journal_private" VALUES(15,'before','8840b4d4692ccfd493daf7592754af16','{"account":"AIDA4","kind":"suspend","label":"alice.martin"}');
INSERT INTO "journal_private" VALUES(16,'said','d98c57071ecf8422481b7ff9e8fa795b','suspend made.');
INSERT INTO "journal_private" VALUES(17,'before','118e4289c90f358444b9ef23ddbae669','{"account":"AIDA4","kind":"disable","label":"alice.martin"}');
INSERT INTO "journal_private" VALUES(18,'said','09f4a3a9b92c8745e639465e6a4c0daa','disable made.');
INSERT INTO "journal_private" VALUES(19,'before','1796caa357d50fdd85b77ad6edcfa901','{"account":"AIDA4","kind":"disable","label":"alice.martin"}');
INSERT INTO "journal_private" VALUES(20,'said','8d6fefe42da748dc9a8ec3af094a3064','disable made.');
INSERT INTO "links" VALUES(1,'P-001','slack','U001','Grace Oduya','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(2,'P-002','slack','U002','Hanna Lindqvist','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(3,'P-003','slack','U003','Marco Rossi','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(4,'P-004','slack','U004','Alice Martin','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(5,'P-005','slack','U005','Ines Ferreira','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(6,'P-006','slack','U006','Tomasz Nowak','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(7,'P-007','slack','U007','Sara Haddad','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(8,'P-008','slack','U008','Ben Okafor','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(9,'P-009','slack','U009','Yuki Tanaka','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(10,'P-010','slack','U010','Alice Marten','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(11,'P-011','slack','U011','Priya Shah','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(12,'P-012','slack','U012','Clara Jensen','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(13,'P-013','slack','U013','Omar Aziz','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(14,'P-004','github','40004','alice-m','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(15,'P-008','github','40008','bokafor','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "links" VALUES(16,'P-004','aws','AIDA4','alice.martin','set-up','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "notices" VALUES(1,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.000000','2026-11-23 09:00:00.000000',0,'2026-11-23 09:00:00.008000','');
INSERT INTO "notices" VALUES(2,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.004000','2026-11-23 09:00:00.004000',0,'2026-11-23 09:00:00.008000','a newer one says the same');
INSERT INTO "notices" VALUES(3,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.007000','2026-11-23 09:00:00.007000',0,'2026-11-23 09:00:00.008000','a newer one says the same');
INSERT INTO "notices" VALUES(4,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.007000','2026-11-23 09:00:00.007000',0,'2026-11-23 09:00:00.008000','');
INSERT INTO "notices" VALUES(5,'OFF-101','plan',NULL,NULL,'{}','2026-11-23 09:00:00.007000','2026-11-23 09:00:00.007000',0,'2026-11-23 09:00:00.008000','');
INSERT INTO "notices" VALUES(6,'OFF-101','approval','P-003',NULL,'{}','2026-11-23 09:00:00.007000','2026-11-23 09:00:00.007000',0,'2026-11-23 09:00:00.008000','');
INSERT INTO "notices" VALUES(7,'OFF-101','approval','P-005',NULL,'{}','2026-11-23 09:00:00.007000','2026-11-23 09:00:00.007000',0,'2026-11-23 09:00:00.008000','');
INSERT INTO "notices" VALUES(8,'OFF-101','line',NULL,NULL,'{"what": "one yes", "by": "P-003", "missing": 1}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(9,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(10,'OFF-101','approval','P-003',NULL,'{}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(11,'OFF-101','approval','P-005',NULL,'{}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(12,'OFF-101','line',NULL,NULL,'{"what": "approved", "by": "P-005"}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(13,'OFF-101','told','P-002',NULL,'{"what": "approved", "by": "P-005"}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(14,'OFF-101','line',NULL,NULL,'{"what": "started"}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(15,'OFF-101','approval','P-003',NULL,'{}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','a newer one says the same');
INSERT INTO "notices" VALUES(16,'OFF-101','approval','P-005',NULL,'{}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','a newer one says the same');
INSERT INTO "notices" VALUES(17,'OFF-101','line',NULL,'OFF-101.11','{"what": "asked"}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(18,'OFF-101','task','P-006','OFF-101.11','{}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(19,'OFF-101','line',NULL,'OFF-101.12','{"what": "asked"}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(20,'OFF-101','task','P-007','OFF-101.12','{}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(21,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','a newer one says the same');
INSERT INTO "notices" VALUES(22,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','a newer one says the same');
INSERT INTO "notices" VALUES(23,'OFF-101','approval','P-003',NULL,'{}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(24,'OFF-101','approval','P-005',NULL,'{}','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(25,'OFF-101','line',NULL,'OFF-101.7','{"what": "held"}','2026-11-23 09:00:00.012000','2026-11-23 09:00:00.012000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(26,'OFF-101','task','P-005','OFF-101.7','{}','2026-11-23 09:00:00.012000','2026-11-23 09:00:00.012000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "notices" VALUES(27,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.012000','2026-11-23 09:00:00.012000',0,'2026-11-23 09:00:00.026000','a newer one says the same');
INSERT INTO "notices" VALUES(28,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.015000','2026-11-23 09:00:00.015000',0,'2026-11-23 09:00:00.026000','a newer one says the same');
INSERT INTO "notices" VALUES(29,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.018000','2026-11-23 09:00:00.018000',0,'2026-11-23 09:00:00.026000','a newer one says the same');
INSERT INTO "notices" VALUES(30,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.020000','2026-11-23 09:00:00.020000',0,'2026-11-23 09:00:00.026000','a newer one says the same');
INSERT INTO "notices" VALUES(31,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.022000','2026-11-23 09:00:00.022000',0,'2026-11-23 09:00:00.026000','a newer one says the same');
INSERT INTO "notices" VALUES(32,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.024000','2026-11-23 09:00:00.024000',0,'2026-11-23 09:00:00.026000','a newer one says the same');
INSERT INTO "notices" VALUES(33,'OFF-101','root',NULL,NULL,'{}','2026-11-23 09:00:00.026000','2026-11-23 09:00:00.026000',0,'2026-11-23 09:00:00.026000','');
INSERT INTO "people" VALUES('P-001','Grace Oduya','grace@lumen.example','Chief executive','Management',NULL,'Europe/London','employee','2015-03-02',NULL,'P-001.svg',NULL);
INSERT INTO "people" VALUES('P-002','Hanna Lindqvist','hanna@lumen.example','Head of HR','HR','P-001','Europe/Stockholm','employee','2016-08-15',NULL,'P-002.svg',NULL);
INSERT INTO "people" VALUES('P-003','Marco Rossi','marco@lumen.example','Engineering manager','Engineering','P-001','Europe/Rome','employee','2017-01-09',NULL,'P-003.svg',NULL);
INSERT INTO "people" VALUES('P-004','Alice Martin','alice.martin@lumen.example','Senior engineer','Engineering','P-003','Europe/Paris','employee','2019-05-06',NULL,'P-004.svg',NULL);
INSERT INTO "people" VALUES('P-005','Ines Ferreira','ines@lumen.example','Platform lead','Engineering','P-001','Europe/Lisbon','employee','2018-02-12',NULL,'P-005.svg',NULL);
INSERT INTO "people" VALUES('P-006','Tomasz Nowak','tomasz@lumen.example','IT support','IT','P-001','Europe/Warsaw','employee','2020-10-01',NULL,'P-006.svg',NULL);
INSERT INTO "people" VALUES('P-007','Sara Haddad','sara@lumen.example','Security lead','Security','P-001','Europe/Paris','employee','2018-11-05',NULL,'P-007.svg',NULL);
INSERT INTO "people" VALUES('P-008','Ben Okafor','ben@lumen.example','Engineer','Engineering','P-003','Europe/London','employee','2021-04-19',NULL,'P-008.svg',NULL);
INSERT INTO "people" VALUES('P-009','Yuki Tanaka','yuki@lumen.example','Data engineer','Data','P-003','Asia/Tokyo','employee','2020-01-20',NULL,'P-009.svg',NULL);
INSERT INTO "people" VALUES('P-010','Alice Marten','alice.marten@lumen.example','Finance analyst','Finance','P-001','Europe/Paris','employee','2022-09-01',NULL,'P-010.svg',NULL);
INSERT INTO "people" VALUES('P-011','Priya Shah','priya@contractor.example','Contract engineer','Engineering','P-003','Asia/Kolkata','contractor','2026-01-12','2027-03-31','P-011.svg',NULL);
INSERT INTO "people" VALUES('P-012','Clara Jensen','clara@lumen.example','HR partner','HR','P-002','Europe/Copenhagen','employee','2023-06-05',NULL,'P-012.svg',NULL);
INSERT INTO "people" VALUES('P-013','Omar Aziz','omar@lumen.example','Internal auditor','Finance','P-001','Europe/Berlin','employee','2024-02-05',NULL,'P-013.svg',NULL);
INSERT INTO "posts" VALUES('root:OFF-101','OFF-101','C-off','1.0','http://chat/C-off/1.0','2026-11-23 09:00:00.008000');
INSERT INTO "posts" VALUES('plan:OFF-101','OFF-101','C-off','2.0','','2026-11-23 09:00:00.008000');
INSERT INTO "posts" VALUES('approval:OFF-101:P-003','OFF-101','D-U003','3.0','','2026-11-23 09:00:00.008000');
INSERT INTO "posts" VALUES('approval:OFF-101:P-005','OFF-101','D-U005','4.0','','2026-11-23 09:00:00.008000');
INSERT INTO "posts" VALUES('notice:8','OFF-101','C-off','5.0','','2026-11-23 09:00:00.026000');
INSERT INTO "posts" VALUES('notice:12','OFF-101','C-off','6.0','','2026-11-23 09:00:00.026000');
INSERT INTO "posts" VALUES('notice:13','OFF-101','D-U002','7.0','','2026-11-23 09:00:00.026000');
INSERT INTO "posts" VALUES('notice:14','OFF-101','C-off','8.0','','2026-11-23 09:00:00.026000');
INSERT INTO "posts" VALUES('notice:17','OFF-101','C-off','9.0','','2026-11-23 09:00:00.026000');
INSERT INTO "posts" VALUES('task:OFF-101.11:P-006','OFF-101','D-U006','10.0','','2026-11-23 09:00:00.026000');
INSERT INTO "posts" VALUES('notice:19','OFF-101','C-off','11.0','','2026-11-23 09:00:00.026000');
INSERT INTO "posts" VALUES('task:OFF-101.12:P-007','OFF-101','D-U007','12.0','','2026-11-23 09:00:00.026000');
INSERT INTO "posts" VALUES('notice:25','OFF-101','C-off','13.0','','2026-11-23 09:00:00.026000');
INSERT INTO "posts" VALUES('task:OFF-101.7:P-005','OFF-101','D-U005','14.0','','2026-11-23 09:00:00.026000');
INSERT INTO "powers" VALUES(1,'P-002','admin','set-up','2026-11-23 09:00:00.000000','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "powers" VALUES(2,'P-002','hr','set-up','2026-11-23 09:00:00.000000','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "powers" VALUES(3,'P-007','security','set-up','2026-11-23 09:00:00.000000','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "powers" VALUES(4,'P-007','admin','set-up','2026-11-23 09:00:00.000000','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "powers" VALUES(5,'P-005','it','set-up','2026-11-23 09:00:00.000000','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "powers" VALUES(6,'P-006','it','set-up','2026-11-23 09:00:00.000000','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "powers" VALUES(7,'P-012','hr','set-up','2026-11-23 09:00:00.000000','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "powers" VALUES(8,'P-013','auditor','set-up','2026-11-23 09:00:00.000000','set-up','2026-11-23 09:00:00.000000',NULL);
INSERT INTO "readings" VALUES(1,'OFF-101','github','2026-11-23 09:00:00.003000','{"system": "github", "at": "2026-11-23T09:00:00.003000Z", "control": "github itself", "account": {"items": [{"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}], "seen": "complete", "why": ""}, "grants": {"items": [{"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "entitlement": {"native_id": "org:lumen", "kind": "organisation", "label": "lumen-works", "privileged": false, "why": "", "carries": ["repo:1"], "detail": ""}, "path": "direct", "until": null}, {"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "entitlement": {"native_id": "team:1", "kind": "team", "label": "payments", "privileged": false, "why": "", "carries": [], "detail": ""}, "path": "direct", "until": null}], "seen": "complete", "why": ""}, "credentials": {"items": [], "seen": "complete", "why": ""}, "assets": {"items": [{"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "native_id": "repo:1", "kind": "repository", "label": "payments-api", "sole_admin": true, "last_activity": "2026-11-22T09:00:00Z", "last_actor": "", "admins": ["40004"], "candidates": [{"system": "github", "native_id": "40008", "label": "bokafor", "active": true, "last_active": null, "service": false}]}], "seen": "complete", "why": ""}, "made": {"items": [{"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "native_id": "key:1", "kind": "deploy key", "label": "ci-payments", "active": true, "last_used": "2026-11-23T09:00:00Z", "used": true, "personal": false, "restorable": true, "detail": ""}], "seen": "complete", "why": ""}, "sessions": {"items": [], "seen": "complete", "why": ""}, "evidence": []}');
INSERT INTO "readings" VALUES(2,'OFF-101','aws','2026-11-23 09:00:00.006000','{"system": "aws", "at": "2026-11-23T09:00:00.006000Z", "control": "aws itself", "account": {"items": [{"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}], "seen": "complete", "why": ""}, "grants": {"items": [{"account": {"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}, "entitlement": {"native_id": "group:prod", "kind": "group", "label": "prod-readers", "privileged": true, "why": "reaches production", "carries": [], "detail": ""}, "path": "direct", "until": null}], "seen": "complete", "why": ""}, "credentials": {"items": [{"account": {"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}, "native_id": "AKIA1", "kind": "access key", "label": "AKIA\u2026001", "active": true, "last_used": "2026-11-23T08:00:00Z", "used": true, "personal": true, "restorable": true, "detail": ""}, {"account": {"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}, "native_id": "AKIA2", "kind": "access key", "label": "AKIA\u2026002", "active": true, "last_used": null, "used": false, "personal": true, "restorable": true, "detail": ""}], "seen": "complete", "why": ""}, "assets": {"items": [], "seen": "complete", "why": ""}, "made": {"items": [], "seen": "complete", "why": ""}, "sessions": {"items": [{"native_id": "s1", "label": "console", "since": null}], "seen": "complete", "why": ""}, "evidence": []}');
INSERT INTO "readings" VALUES(3,'OFF-101','github','2026-11-23 09:00:00.011000','{"system": "github", "at": "2026-11-23T09:00:00.011000Z", "control": "github itself", "account": {"items": [{"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}], "seen": "complete", "why": ""}, "grants": {"items": [{"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "entitlement": {"native_id": "org:lumen", "kind": "organisation", "label": "lumen-works", "privileged": false, "why": "", "carries": ["repo:1"], "detail": ""}, "path": "direct", "until": null}, {"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "entitlement": {"native_id": "team:1", "kind": "team", "label": "payments", "privileged": false, "why": "", "carries": [], "detail": ""}, "path": "direct", "until": null}], "seen": "complete", "why": ""}, "credentials": {"items": [], "seen": "complete", "why": ""}, "assets": {"items": [{"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "native_id": "repo:1", "kind": "repository", "label": "payments-api", "sole_admin": true, "last_activity": "2026-11-22T09:00:00Z", "last_actor": "", "admins": ["40004"], "candidates": [{"system": "github", "native_id": "40008", "label": "bokafor", "active": true, "last_active": null, "service": false}]}], "seen": "complete", "why": ""}, "made": {"items": [{"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "native_id": "key:1", "kind": "deploy key", "label": "ci-payments", "active": true, "last_used": "2026-11-23T09:00:00Z", "used": true, "personal": false, "restorable": true, "detail": ""}], "seen": "complete", "why": ""}, "sessions": {"items": [], "seen": "complete", "why": ""}, "evidence": []}');
INSERT INTO "readings" VALUES(4,'OFF-101','aws','2026-11-23 09:00:00.014000','{"system": "aws", "at": "2026-11-23T09:00:00.014000Z", "control": "aws itself", "account": {"items": [{"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}], "seen": "complete", "why": ""}, "grants": {"items": [{"account": {"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}, "entitlement": {"native_id": "group:prod", "kind": "group", "label": "prod-readers", "privileged": true, "why": "reaches production", "carries": [], "detail": ""}, "path": "direct", "until": null}], "seen": "complete", "why": ""}, "credentials": {"items": [{"account": {"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}, "native_id": "AKIA1", "kind": "access key", "label": "AKIA\u2026001", "active": true, "last_used": "2026-11-23T08:00:00Z", "used": true, "personal": true, "restorable": true, "detail": ""}, {"account": {"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}, "native_id": "AKIA2", "kind": "access key", "label": "AKIA\u2026002", "active": true, "last_used": null, "used": false, "personal": true, "restorable": true, "detail": ""}], "seen": "complete", "why": ""}, "assets": {"items": [], "seen": "complete", "why": ""}, "made": {"items": [], "seen": "complete", "why": ""}, "sessions": {"items": [{"native_id": "s1", "label": "console", "since": null}], "seen": "complete", "why": ""}, "evidence": []}');
INSERT INTO "requests" VALUES('OFF-101','leaver','running','P-002','P-004','2026-11-23 09:00:00.000000',1,1,'','','2026-11-23 09:00:00.000000',1,2,'d875b0b0908c3da9c4e726d0089d602275a87a7ed7fb133ccf9268468d8ed43e',2,'["P-003", "P-005"]','2026-11-23 09:00:00.008000','2026-11-23 09:00:00.008000',NULL,NULL,NULL,NULL,'C-off','1.0');
INSERT INTO "sequences" VALUES('OFF',101);
INSERT INTO "steps" VALUES('OFF-101.-2','OFF-101',-2,'read','github','contain',NULL,'confirmed',0,1,0,1,NULL,'','[]','[]',NULL,NULL,NULL,'','','','','2026-11-23 09:00:00.002000',NULL,'2026-11-23 09:00:00.004000',NULL,0);
INSERT INTO "steps" VALUES('OFF-101.-1','OFF-101',-1,'read','aws','contain',NULL,'confirmed',0,1,0,1,NULL,'','[]','[]',NULL,NULL,NULL,'','','','','2026-11-23 09:00:00.005000',NULL,'2026-11-23 09:00:00.007000',NULL,0);
INSERT INTO "steps" VALUES('OFF-101.1','OFF-101',1,'apply','github','contain','{"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "kind": "suspend"}','applied',2,1,0,1,NULL,'','[]','[]',NULL,NULL,NULL,'suspend made.','','','','2026-11-23 09:00:00.017000','2026-11-23 09:00:00.018000',NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.2','OFF-101',2,'apply','github','contain','{"credential": {"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "native_id": "key:1", "kind": "deploy key", "label": "ci-payments", "active": true, "last_used": "2026-11-23T09:00:00Z", "used": true, "personal": false, "restorable": true, "detail": ""}, "kind": "disable"}','applied',2,1,0,1,NULL,'','[]','[]',NULL,NULL,NULL,'disable made.','','','','2026-11-23 09:00:00.019000','2026-11-23 09:00:00.020000',NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.3','OFF-101',3,'apply','aws','contain','{"account": {"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}, "kind": "suspend"}','applied',2,1,0,1,NULL,'','[]','[]',NULL,NULL,NULL,'suspend made.','','','','2026-11-23 09:00:00.021000','2026-11-23 09:00:00.022000',NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.4','OFF-101',4,'apply','aws','contain','{"credential": {"account": {"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}, "native_id": "AKIA1", "kind": "access key", "label": "AKIA\u2026001", "active": true, "last_used": "2026-11-23T08:00:00Z", "used": true, "personal": true, "restorable": true, "detail": ""}, "kind": "disable"}','applied',2,1,0,1,NULL,'','[]','[]',NULL,NULL,NULL,'disable made.','','','','2026-11-23 09:00:00.023000','2026-11-23 09:00:00.024000',NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.5','OFF-101',5,'apply','aws','contain','{"credential": {"account": {"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}, "native_id": "AKIA2", "kind": "access key", "label": "AKIA\u2026002", "active": true, "last_used": null, "used": false, "personal": true, "restorable": true, "detail": ""}, "kind": "disable"}','applied',2,1,0,1,NULL,'','[]','[]',NULL,NULL,NULL,'disable made.','','','','2026-11-23 09:00:00.025000','2026-11-23 09:00:00.026000',NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.6','OFF-101',6,'apply','aws','contain','{"account": {"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}, "kind": "end-sessions"}','ready',1,0,0,1,NULL,'','[3]','[]',NULL,NULL,NULL,'','','','',NULL,NULL,NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.7','OFF-101',7,'apply','github','hand over','{"asset": {"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "native_id": "repo:1", "kind": "repository", "label": "payments-api", "sole_admin": true, "last_activity": "2026-11-22T09:00:00Z", "last_actor": "", "admins": ["40004"], "candidates": [{"system": "github", "native_id": "40008", "label": "bokafor", "active": true, "last_active": null, "service": false}]}, "to": null, "kind": "hand-over"}','held',0,0,0,0,'P-005','successor','[]','[]',NULL,'2026-11-24 09:00:00.012000','2026-11-23 21:00:00.012000','','','','',NULL,NULL,NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.8','OFF-101',8,'apply','github','memberships','{"grant": {"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "entitlement": {"native_id": "org:lumen", "kind": "organisation", "label": "lumen-works", "privileged": false, "why": "", "carries": ["repo:1"], "detail": ""}, "path": "direct", "until": null}, "kind": "revoke"}','waiting',0,0,0,1,NULL,'','[1, 2]','[7]',NULL,NULL,NULL,'','','','',NULL,NULL,NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.9','OFF-101',9,'apply','github','memberships','{"grant": {"account": {"system": "github", "native_id": "40004", "label": "alice-m", "active": true, "last_active": null, "service": false}, "entitlement": {"native_id": "team:1", "kind": "team", "label": "payments", "privileged": false, "why": "", "carries": [], "detail": ""}, "path": "direct", "until": null}, "kind": "revoke"}','ready',1,0,0,1,NULL,'','[1, 2]','[]',NULL,NULL,NULL,'','','','',NULL,NULL,NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.10','OFF-101',10,'apply','aws','memberships','{"grant": {"account": {"system": "aws", "native_id": "AIDA4", "label": "alice.martin", "active": true, "last_active": null, "service": false}, "entitlement": {"native_id": "group:prod", "kind": "group", "label": "prod-readers", "privileged": true, "why": "reaches production", "carries": [], "detail": ""}, "path": "direct", "until": null}, "kind": "revoke"}','waiting',0,0,1,1,NULL,'','[3, 4, 5, 6]','[]',NULL,NULL,NULL,'','','','',NULL,NULL,NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.11','OFF-101',11,'task','laptop','tasks','{"title": "Collect the laptop and the badge", "how": "Meet on the last day or send a parcel with a return label. Check the asset number, then switch the badge off.", "evidence": "A note with the asset number, or a photo of the receipt", "reversible": true, "target": "", "kind": "task"}','ready',0,0,0,1,'P-006','','[]','[]',NULL,'2026-11-25 09:00:00.008000','2026-11-24 09:00:00.008000','','','','',NULL,NULL,NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.12','OFF-101',12,'task','adminpw','tasks','{"title": "Change the shared admin password", "how": "Set a new password on the devices and in the safe. Tell only those who still need it.", "evidence": "The date of the new entry in the safe, never the password", "reversible": true, "target": "", "kind": "task"}','ready',0,0,0,1,'P-007','','[]','[]',NULL,'2026-11-25 09:00:00.008000','2026-11-24 09:00:00.008000','','','','',NULL,NULL,NULL,NULL,0);
INSERT INTO "steps" VALUES('OFF-101.-4','OFF-101',-4,'read','github','contain',NULL,'confirmed',0,1,0,1,NULL,'','[]','[]',NULL,NULL,NULL,'','','','','2026-11-23 09:00:00.010000',NULL,'2026-11-23 09:00:00.012000',NULL,0);
INSERT INTO "steps" VALUES('OFF-101.-3','OFF-101',-3,'read','aws','contain',NULL,'confirmed',0,1,0,1,NULL,'','[]','[]',NULL,NULL,NULL,'','','','','2026-11-23 09:00:00.013000',NULL,'2026-11-23 09:00:00.015000',NULL,0);
INSERT INTO "versions" VALUES(1,'policy.yaml','7328a4869054c84900bd9a22fc3bff98d766770cad683448d87d5b9472300957','# Who may do what at Lumen Works, which systems there are, and who looks after each of them.
# People are written by their id in roster.csv, because names can be the same or change.
# A mistake in this file is told with its line, and until it is corrected the last good version stays in use.

company: Lumen Works
zone: Europe/Paris        # for people whose row in the roster names no time zone
channel: offboarding      # the private channel where Usher says what happens
leaving_at: "17:00"       # when access ends on a last day, where that person works

# Grace is protected: nothing about her starts by mistake.
protected: [P-001]

# Who may ask for it: hr, it, security, admin.
may_request:
  leaver: [hr, security, admin]

# Who is asked before anything changes. `manager` is the manager of the person who leaves, `owners` are the
# owners of the systems that person reaches. Whoever asks, and whoever it is about, never decides.
approvals:
  leaver:
    ask: [manager, owners]
    quorum: 2               # so many of them must agree
    fallback: [security]    # asked as well when too few are left

# Every place somebody may have access to. Each has an owner, and a deputy for when the owner is away.
systems:
  github:
    name: GitHub
    about: Where the source code lives
    owner: P-005            # Ines Ferreira
    deputy: P-006           # Tomasz Nowak
    connector: github

  aws:
    name: AWS
    about: Where our programs run, production included
    owner: P-005            # Ines Ferreira
    connector: aws



  # No program reaches these two. A person does what is written here and says how it can be seen.
  laptop:
    name: Laptop and badge
    about: What people carry home
    owner: P-006            # Tomasz Nowak
    tasks:
      leaver:
        title: Collect the laptop and the badge
        how: Meet on the last day or send a parcel with a return label. Check the asset number, then switch the badge off.
        evidence: A note with the asset number, or a photo of the receipt

  adminpw:
    name: Shared admin password
    about: Opens the network devices of the office
    owner: P-007            # Sara Haddad
    tasks:
      leaver:
        title: Change the shared admin password
        how: Set a new password on the devices and in the safe. Tell only those who still need it.
        evidence: The date of the new entry in the safe, never the password
','2026-11-23 09:00:00.000000');
INSERT INTO "versions" VALUES(2,'runbooks/leaver.yaml','aa43629cb2d5f2e81b5fbbad5762e43e8518d779205d0120961d6f4a6213eb2f','# What happens when somebody leaves Lumen Works, and how fast.
# Which systems are concerned, and who approves, is written in policy.yaml.

trigger: leaver
title: Somebody leaves Lumen Works

# Purpose and scope, in two sentences.
objective: >
  Nobody keeps access to Lumen Works after their last hour, and nothing they looked after is left without somebody.
  It covers every system in policy.yaml, employees and contractors alike, and deletes nothing.

owner: P-002               # Hanna Lindqvist; she keeps this runbook true
review_by: 2027-02-01      # read it again by then, together with IT and security

# From the chosen moment on, nobody can sign in any more within:
promise_hours: 1

# Each kind of work, in hours after the chosen moment. After that, the owner of the system is reminded.
deadlines:
  contain: 1               # accounts suspended, keys disabled, sessions ended
  memberships: 4           # taken out of teams, groups and roles
  hand over: 24            # what only they looked after has somebody new
  tasks: 48                # what people do by hand: laptop, badge, shared passwords

# Whom to turn to when something is unclear, as Usher will say it.
contact: >
  Ask in #offboarding, or call IT support (Tomasz Nowak, extension 110), Monday to Friday from 8:00 to 18:00 in Paris.
after_hours: >
  Call the security phone, extension 199. Say who leaves, when, and that it cannot wait until the morning;
  security can start this runbook at any hour.
','2026-11-23 09:00:00.000000');
