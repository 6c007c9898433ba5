ALTER TABLE "audit_log" DROP CONSTRAINT "audit_log_act";--> statement-breakpoint
ALTER TABLE "audit_log" DROP CONSTRAINT "audit_log_target";--> statement-breakpoint
ALTER TABLE "sign_ins" ADD COLUMN "address" "inet";--> statement-breakpoint
ALTER TABLE "sign_ins" ADD COLUMN "platform" text;--> statement-breakpoint
CREATE INDEX "sign_ins_recent" ON "sign_ins" USING btree ("last_used_at") WHERE "sign_ins"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "access_rules_range" ON "access_rules" USING gist ("range" inet_ops);--> statement-breakpoint
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_act" CHECK ("audit_log"."act" in ('player.reset', 'player.kick', 'player.ban', 'player.unban', 'player.sign_out', 'player.role', 'wallet.top_up', 'wallet.reverse', 'session.end', 'node.drain', 'node.undrain', 'dead_letter.replay', 'dead_letter.discard', 'mail.requeue', 'mail.requeue_all', 'platform.announce', 'platform.maintenance', 'platform.minimum_version', 'platform.allow_only', 'access_rule.add', 'access_rule.remove'));--> statement-breakpoint
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_target" CHECK ("audit_log"."target_kind" in ('player', 'session', 'node', 'dead_letter', 'mail', 'platform', 'access_rule'));