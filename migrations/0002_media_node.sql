CREATE TABLE "fleet_watch" (
	"id" integer PRIMARY KEY NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "fleet_watch_one_row" CHECK ("fleet_watch"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "save_share_uses" (
	"share_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"save_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "save_share_uses_share_id_user_id_pk" PRIMARY KEY("share_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "save_shares" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"token_hash" text NOT NULL,
	"user_id" uuid NOT NULL,
	"game" text NOT NULL,
	"build_version" text NOT NULL,
	"size" integer NOT NULL,
	"sha256" text NOT NULL,
	"object_key" text NOT NULL,
	"uses" integer NOT NULL,
	"uses_left" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "save_shares_token" UNIQUE("token_hash"),
	CONSTRAINT "save_shares_uses" CHECK ("save_shares"."uses_left" between 0 and "save_shares"."uses")
);
--> statement-breakpoint
CREATE TABLE "seat_claims" (
	"session_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"seat" integer NOT NULL,
	"granted" boolean DEFAULT false NOT NULL,
	"asked_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "seat_claims_session_id_user_id_pk" PRIMARY KEY("session_id","user_id"),
	CONSTRAINT "seat_claims_seat" CHECK ("seat_claims"."seat" > 0)
);
--> statement-breakpoint
CREATE TABLE "session_seats" (
	"session_id" uuid NOT NULL,
	"seat" integer NOT NULL,
	"rights" jsonb DEFAULT '["keyboard","mouse","pad","voice"]'::jsonb NOT NULL,
	"paused" boolean DEFAULT false NOT NULL,
	"turn_seconds" integer,
	"turn_user_id" uuid,
	"turn_until" timestamp with time zone,
	"changed" boolean DEFAULT false NOT NULL,
	CONSTRAINT "session_seats_session_id_seat_pk" PRIMARY KEY("session_id","seat"),
	CONSTRAINT "session_seats_seat" CHECK ("session_seats"."seat" > 0),
	CONSTRAINT "session_seats_turn" CHECK ("session_seats"."turn_seconds" > 0)
);
--> statement-breakpoint
ALTER TABLE "saves" DROP CONSTRAINT "saves_object";--> statement-breakpoint
ALTER TABLE "seat_offers" DROP CONSTRAINT "seat_offers_seat";--> statement-breakpoint
ALTER TABLE "sessions" DROP CONSTRAINT "sessions_end_reason";--> statement-breakpoint
DROP INDEX "saves_good";--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "can_relay" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "grace_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "nodes" ADD COLUMN "full_for" text[] DEFAULT '{}'::text[] NOT NULL;--> statement-breakpoint
ALTER TABLE "session_members" ADD COLUMN "away_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "session_members" ADD COLUMN "moved" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "session_members" ADD COLUMN "relay_node_id" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "save_slot" text DEFAULT 'auto' NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "save_id" uuid;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "host_id" uuid;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "seating" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "open_seats" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "save_share_uses" ADD CONSTRAINT "save_share_uses_share_id_save_shares_id_fk" FOREIGN KEY ("share_id") REFERENCES "public"."save_shares"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "save_share_uses" ADD CONSTRAINT "save_share_uses_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "save_shares" ADD CONSTRAINT "save_shares_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "save_shares" ADD CONSTRAINT "save_shares_game_games_slug_fk" FOREIGN KEY ("game") REFERENCES "public"."games"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seat_claims" ADD CONSTRAINT "seat_claims_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seat_claims" ADD CONSTRAINT "seat_claims_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_seats" ADD CONSTRAINT "session_seats_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_seats" ADD CONSTRAINT "session_seats_turn_user_id_users_id_fk" FOREIGN KEY ("turn_user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "save_share_uses_user" ON "save_share_uses" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "save_shares_user" ON "save_shares" USING btree ("user_id","id") WHERE "save_shares"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "save_shares_object" ON "save_shares" USING btree ("object_key");--> statement-breakpoint
CREATE INDEX "save_shares_expiry" ON "save_shares" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "seat_claims_user" ON "seat_claims" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "session_seats_turn_user" ON "session_seats" USING btree ("turn_user_id");--> statement-breakpoint
ALTER TABLE "session_members" ADD CONSTRAINT "session_members_relay_node_id_nodes_id_fk" FOREIGN KEY ("relay_node_id") REFERENCES "public"."nodes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_host_id_users_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "session_members_relay" ON "session_members" USING btree ("relay_node_id") WHERE "session_members"."active";--> statement-breakpoint
CREATE INDEX "sessions_host" ON "sessions" USING btree ("host_id") WHERE "sessions"."host_id" is not null;--> statement-breakpoint
CREATE INDEX "saves_object" ON "saves" USING btree ("object_key");--> statement-breakpoint
CREATE UNIQUE INDEX "saves_good_of_build" ON "saves" USING btree ("user_id","game","slot","build_version") WHERE "saves"."state" = 'good';--> statement-breakpoint
ALTER TABLE "seat_offers" ADD CONSTRAINT "seat_offers_seat_positive" CHECK ("seat_offers"."seat" > 0);--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_end_reason" CHECK ("sessions"."end_reason" in ('game_exited', 'game_crashed', 'game_over_limits', 'game_failed_to_start', 'player_quit', 'reconnect_window_expired', 'node_draining', 'node_shutdown', 'node_lost', 'host_failed', 'restore_failed', 'reservation_expired', 'queue_left', 'credits_exhausted', 'room_dissolved', 'operator_ended'));