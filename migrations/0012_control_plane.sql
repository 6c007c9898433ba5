CREATE TABLE "dead_letters" (
	"id" text PRIMARY KEY NOT NULL,
	"body" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"replayed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "leaderboard_entries" (
	"game" text NOT NULL,
	"board" text NOT NULL,
	"period" text NOT NULL,
	"user_id" uuid NOT NULL,
	"rule" text NOT NULL,
	"value" bigint NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "leaderboard_entries_game_board_period_user_id_pk" PRIMARY KEY("game","board","period","user_id"),
	CONSTRAINT "leaderboard_entries_rule" CHECK ("leaderboard_entries"."rule" in ('highest', 'lowest', 'latest', 'sum'))
);
--> statement-breakpoint
CREATE TABLE "match_players" (
	"match_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"seat" integer NOT NULL,
	"place" integer,
	"ended_at" timestamp with time zone NOT NULL,
	CONSTRAINT "match_players_match_id_user_id_pk" PRIMARY KEY("match_id","user_id"),
	CONSTRAINT "match_players_places" CHECK ("match_players"."seat" > 0 and ("match_players"."place" is null or "match_players"."place" > 0))
);
--> statement-breakpoint
CREATE TABLE "match_scores" (
	"match_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"board" text NOT NULL,
	"value" bigint NOT NULL,
	CONSTRAINT "match_scores_match_id_user_id_board_pk" PRIMARY KEY("match_id","user_id","board")
);
--> statement-breakpoint
CREATE TABLE "matches" (
	"id" uuid PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"game" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "plays" (
	"session_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"game" text NOT NULL,
	"region" text NOT NULL,
	"role" text NOT NULL,
	"joined_at" timestamp with time zone NOT NULL,
	"left_at" timestamp with time zone,
	"seconds" integer NOT NULL,
	CONSTRAINT "plays_session_id_user_id_pk" PRIMARY KEY("session_id","user_id"),
	CONSTRAINT "plays_role" CHECK ("plays"."role" in ('player', 'spectator')),
	CONSTRAINT "plays_seconds" CHECK ("plays"."seconds" >= 0)
);
--> statement-breakpoint
CREATE TABLE "viewer_events" (
	"session_id" uuid NOT NULL,
	"epoch" bigint NOT NULL,
	"seq" integer NOT NULL,
	"user_id" uuid,
	"kind" text NOT NULL,
	"seat" integer,
	"at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "viewer_events_session_id_epoch_seq_pk" PRIMARY KEY("session_id","epoch","seq"),
	CONSTRAINT "viewer_events_kind" CHECK ("viewer_events"."kind" in ('joined', 'left')),
	CONSTRAINT "viewer_events_end" CHECK ("viewer_events"."user_id" is not null or "viewer_events"."kind" = 'left')
);
--> statement-breakpoint
ALTER TABLE "leaderboard_entries" ADD CONSTRAINT "leaderboard_entries_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "match_players" ADD CONSTRAINT "match_players_match_id_matches_id_fk" FOREIGN KEY ("match_id") REFERENCES "public"."matches"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "match_players" ADD CONSTRAINT "match_players_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "match_scores" ADD CONSTRAINT "match_scores_match_id_user_id_match_players_match_id_user_id_fk" FOREIGN KEY ("match_id","user_id") REFERENCES "public"."match_players"("match_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plays" ADD CONSTRAINT "plays_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "leaderboard_entries_rank" ON "leaderboard_entries" USING btree ("game","board","period","value");--> statement-breakpoint
CREATE INDEX "leaderboard_entries_age" ON "leaderboard_entries" USING btree ("at") WHERE "leaderboard_entries"."period" <> 'all';--> statement-breakpoint
CREATE INDEX "match_players_user" ON "match_players" USING btree ("user_id","ended_at");--> statement-breakpoint
CREATE INDEX "matches_session" ON "matches" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "plays_user" ON "plays" USING btree ("user_id","joined_at");--> statement-breakpoint
CREATE INDEX "plays_time" ON "plays" USING btree ("joined_at");--> statement-breakpoint
CREATE INDEX "plays_open" ON "plays" USING btree ("session_id") WHERE "plays"."left_at" is null;--> statement-breakpoint
CREATE INDEX "viewer_events_age" ON "viewer_events" USING btree ("received_at");