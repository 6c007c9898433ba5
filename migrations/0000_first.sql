CREATE TABLE "games" (
	"slug" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"summary" text NOT NULL,
	"description" text NOT NULL,
	"version" text NOT NULL,
	"seats" integer NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"fps" integer NOT NULL,
	"pointer" text NOT NULL,
	"cover" text NOT NULL,
	"accent" text NOT NULL,
	"controls" jsonb NOT NULL,
	"published" boolean DEFAULT true NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "games_seats" CHECK ("games"."seats" between 1 and 64),
	CONSTRAINT "games_pointer" CHECK ("games"."pointer" in ('none', 'absolute', 'relative')),
	CONSTRAINT "games_picture" CHECK ("games"."width" > 0 and "games"."height" > 0 and "games"."fps" > 0)
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"user_id" uuid NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"session_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_user_id_key_pk" PRIMARY KEY("user_id","key")
);
--> statement-breakpoint
CREATE TABLE "node_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"epoch" bigint NOT NULL,
	"seq" integer NOT NULL,
	"type" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "node_games" (
	"node_id" text NOT NULL,
	"game" text NOT NULL,
	"version" text NOT NULL,
	CONSTRAINT "node_games_node_id_game_pk" PRIMARY KEY("node_id","game")
);
--> statement-breakpoint
CREATE TABLE "nodes" (
	"id" text PRIMARY KEY NOT NULL,
	"boot_id" uuid NOT NULL,
	"token_hash" text NOT NULL,
	"region" text NOT NULL,
	"signal_url" text NOT NULL,
	"slot_count" integer NOT NULL,
	"version" text NOT NULL,
	"state" text NOT NULL,
	"lease_expires_at" timestamp with time zone NOT NULL,
	"registered_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "nodes_token_unique" UNIQUE("token_hash"),
	CONSTRAINT "nodes_slot_count" CHECK ("nodes"."slot_count" between 1 and 256),
	CONSTRAINT "nodes_state" CHECK ("nodes"."state" in ('registering', 'ready', 'draining', 'gone', 'lost'))
);
--> statement-breakpoint
CREATE TABLE "refresh_tokens" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"sign_in_id" uuid NOT NULL,
	"parent_hash" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"rotated_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "session_members" (
	"session_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"seat" integer,
	"active" boolean DEFAULT true NOT NULL,
	"claimed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_seq" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "session_members_session_id_user_id_pk" PRIMARY KEY("session_id","user_id"),
	CONSTRAINT "session_members_role" CHECK ("session_members"."role" in ('player', 'spectator')),
	CONSTRAINT "session_members_seat_of_role" CHECK (("session_members"."role" = 'player') = ("session_members"."seat" is not null)),
	CONSTRAINT "session_members_seat_positive" CHECK ("session_members"."seat" > 0)
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"room_number" text NOT NULL,
	"invite_code" text NOT NULL,
	"game" text NOT NULL,
	"game_version" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"node_id" text NOT NULL,
	"slot" integer NOT NULL,
	"epoch" bigint NOT NULL,
	"state" text NOT NULL,
	"state_seq" integer DEFAULT 0 NOT NULL,
	"end_reason" text,
	"reserved_until" timestamp with time zone,
	"missing_since" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "sessions_invite_unique" UNIQUE("invite_code"),
	CONSTRAINT "sessions_room" CHECK ("sessions"."room_number" ~ '^[1-9][0-9]{5}$'),
	CONSTRAINT "sessions_state" CHECK ("sessions"."state" in ('requested', 'queued', 'reserved', 'starting', 'playing', 'reconnecting', 'suspended', 'ended', 'failed')),
	CONSTRAINT "sessions_epoch" CHECK ("sessions"."epoch" > 0),
	CONSTRAINT "sessions_end_reason" CHECK ("sessions"."end_reason" in ('game_exited', 'game_crashed', 'game_failed_to_start', 'player_quit', 'reconnect_window_expired', 'node_draining', 'node_shutdown', 'node_lost', 'host_failed', 'reservation_expired')),
	CONSTRAINT "sessions_ended" CHECK (("sessions"."state" in ('ended', 'failed')) = ("sessions"."ended_at" is not null and "sessions"."end_reason" is not null)),
	CONSTRAINT "sessions_reserved_until" CHECK ("sessions"."state" <> 'reserved' or "sessions"."reserved_until" is not null)
);
--> statement-breakpoint
CREATE TABLE "sign_ins" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"end_reason" text,
	CONSTRAINT "sign_ins_end" CHECK (("sign_ins"."ended_at" is null) = ("sign_ins"."end_reason" is null)),
	CONSTRAINT "sign_ins_end_reason" CHECK ("sign_ins"."end_reason" in ('logout', 'refresh_reused'))
);
--> statement-breakpoint
CREATE TABLE "slots" (
	"node_id" text NOT NULL,
	"index" integer NOT NULL,
	"session_id" uuid,
	"epoch" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "slots_node_id_index_pk" PRIMARY KEY("node_id","index"),
	CONSTRAINT "slots_session_unique" UNIQUE("session_id"),
	CONSTRAINT "slots_index" CHECK ("slots"."index" >= 0)
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"email" text NOT NULL,
	"display_name" text NOT NULL,
	"password_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email"),
	CONSTRAINT "users_email_lower" CHECK ("users"."email" = lower("users"."email"))
);
--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_events" ADD CONSTRAINT "node_events_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_games" ADD CONSTRAINT "node_games_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_sign_in_id_sign_ins_id_fk" FOREIGN KEY ("sign_in_id") REFERENCES "public"."sign_ins"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_members" ADD CONSTRAINT "session_members_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_members" ADD CONSTRAINT "session_members_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_game_games_slug_fk" FOREIGN KEY ("game") REFERENCES "public"."games"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sign_ins" ADD CONSTRAINT "sign_ins_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "slots" ADD CONSTRAINT "slots_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "slots" ADD CONSTRAINT "slots_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idempotency_keys_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "node_events_session" ON "node_events" USING btree ("session_id","seq");--> statement-breakpoint
CREATE INDEX "node_events_age" ON "node_events" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "node_games_game" ON "node_games" USING btree ("game");--> statement-breakpoint
CREATE INDEX "nodes_lease" ON "nodes" USING btree ("lease_expires_at") WHERE "nodes"."state" in ('ready', 'draining');--> statement-breakpoint
CREATE INDEX "refresh_tokens_sign_in" ON "refresh_tokens" USING btree ("sign_in_id");--> statement-breakpoint
CREATE INDEX "refresh_tokens_parent" ON "refresh_tokens" USING btree ("parent_hash");--> statement-breakpoint
CREATE INDEX "refresh_tokens_expiry" ON "refresh_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "session_members_seat" ON "session_members" USING btree ("session_id","seat") WHERE "session_members"."active";--> statement-breakpoint
CREATE UNIQUE INDEX "session_members_one_seat" ON "session_members" USING btree ("user_id") WHERE "session_members"."active" and "session_members"."role" = 'player';--> statement-breakpoint
CREATE INDEX "session_members_user" ON "session_members" USING btree ("user_id") WHERE "session_members"."active";--> statement-breakpoint
CREATE UNIQUE INDEX "sessions_live_room" ON "sessions" USING btree ("room_number") WHERE "sessions"."ended_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "sessions_live_slot" ON "sessions" USING btree ("node_id","slot") WHERE "sessions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "sessions_reserved" ON "sessions" USING btree ("reserved_until") WHERE "sessions"."state" = 'reserved';--> statement-breakpoint
CREATE INDEX "sessions_owner" ON "sessions" USING btree ("owner_id","created_at");--> statement-breakpoint
CREATE INDEX "sessions_game" ON "sessions" USING btree ("game");--> statement-breakpoint
CREATE INDEX "sign_ins_user" ON "sign_ins" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "slots_free" ON "slots" USING btree ("node_id") WHERE "slots"."session_id" is null;