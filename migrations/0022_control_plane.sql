CREATE TABLE "access_rules" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"platform" text NOT NULL,
	"list" text NOT NULL,
	"range" "cidr",
	"user_id" uuid,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "access_rules_what" UNIQUE NULLS NOT DISTINCT("platform","list","range","user_id"),
	CONSTRAINT "access_rules_list" CHECK ("access_rules"."list" in ('allow', 'deny')),
	CONSTRAINT "access_rules_one" CHECK (num_nonnulls("access_rules"."range", "access_rules"."user_id") = 1)
);
--> statement-breakpoint
CREATE TABLE "active_days" (
	"day" date NOT NULL,
	"user_id" uuid NOT NULL,
	CONSTRAINT "active_days_day_user_id_pk" PRIMARY KEY("day","user_id")
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"actor_id" uuid NOT NULL,
	"act" text NOT NULL,
	"target_kind" text NOT NULL,
	"target_id" text NOT NULL,
	"before" jsonb,
	"after" jsonb,
	"reason" text NOT NULL,
	"outcome" text DEFAULT 'begun' NOT NULL,
	"error" text,
	"answer" jsonb,
	"request_id" text NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "audit_log_act" CHECK ("audit_log"."act" in ('player.reset', 'player.kick', 'player.ban', 'player.unban', 'player.sign_out', 'player.role', 'wallet.top_up', 'wallet.reverse', 'session.end', 'node.drain', 'node.undrain', 'dead_letter.replay', 'platform.announce', 'platform.maintenance', 'platform.minimum_version', 'platform.allow_only', 'access_rule.add', 'access_rule.remove')),
	CONSTRAINT "audit_log_target" CHECK ("audit_log"."target_kind" in ('player', 'session', 'node', 'dead_letter', 'platform', 'access_rule')),
	CONSTRAINT "audit_log_outcome" CHECK ("audit_log"."outcome" in ('begun', 'done', 'failed', 'unknown')),
	CONSTRAINT "audit_log_error" CHECK (("audit_log"."error" is not null) = ("audit_log"."outcome" = 'failed')),
	CONSTRAINT "audit_log_finished" CHECK (("audit_log"."finished_at" is null) = ("audit_log"."outcome" = 'begun')),
	CONSTRAINT "audit_log_reason" CHECK (char_length("audit_log"."reason") between 1 and 500)
);
--> statement-breakpoint
CREATE TABLE "platforms" (
	"name" text PRIMARY KEY NOT NULL,
	"maintenance" boolean DEFAULT false NOT NULL,
	"maintenance_text" text,
	"allow_only" boolean DEFAULT false NOT NULL,
	"minimum_versions" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "samples" (
	"at" timestamp with time zone NOT NULL,
	"measure" text NOT NULL,
	"region" text NOT NULL,
	"game" text NOT NULL,
	"value" integer NOT NULL,
	CONSTRAINT "samples_measure_at_region_game_pk" PRIMARY KEY("measure","at","region","game"),
	CONSTRAINT "samples_measure" CHECK ("samples"."measure" in ('online', 'sessions', 'players', 'waiting')),
	CONSTRAINT "samples_value" CHECK ("samples"."value" >= 0)
);
--> statement-breakpoint
ALTER TABLE "sign_ins" DROP CONSTRAINT "sign_ins_end_reason";--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "reserved_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "access_rules" ADD CONSTRAINT "access_rules_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "active_days" ADD CONSTRAINT "active_days_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_actor_id_users_id_fk" FOREIGN KEY ("actor_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "active_days_user" ON "active_days" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "audit_log_request" ON "audit_log" USING btree ("actor_id","key") WHERE "audit_log"."outcome" in ('begun', 'done');--> statement-breakpoint
CREATE INDEX "audit_log_actor" ON "audit_log" USING btree ("actor_id","id");--> statement-breakpoint
CREATE INDEX "audit_log_target" ON "audit_log" USING btree ("target_kind","target_id","id");--> statement-breakpoint
CREATE INDEX "audit_log_act" ON "audit_log" USING btree ("act","id");--> statement-breakpoint
CREATE INDEX "sessions_created" ON "sessions" USING btree ("created_at","id");--> statement-breakpoint
ALTER TABLE "sign_ins" ADD CONSTRAINT "sign_ins_end_reason" CHECK ("sign_ins"."end_reason" in ('logout', 'ended_elsewhere', 'refresh_reused', 'password_changed', 'password_reset', 'account_deleted', 'banned', 'operator'));