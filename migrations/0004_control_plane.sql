CREATE TABLE "game_builds" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"game" text NOT NULL,
	"version" text NOT NULL,
	"status" text DEFAULT 'draft' NOT NULL,
	"manifest" jsonb NOT NULL,
	"seats" integer NOT NULL,
	"price" integer NOT NULL,
	"price_unit" text NOT NULL,
	"regions" text[] DEFAULT '{}' NOT NULL,
	"uploaded_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone,
	"retired_at" timestamp with time zone,
	CONSTRAINT "game_builds_version" UNIQUE("game","version"),
	CONSTRAINT "game_builds_status" CHECK ("game_builds"."status" in ('draft', 'published', 'retired')),
	CONSTRAINT "game_builds_seats" CHECK ("game_builds"."seats" between 1 and 64),
	CONSTRAINT "game_builds_price" CHECK ("game_builds"."price" >= 0 and "game_builds"."price_unit" in ('session', 'minute')),
	CONSTRAINT "game_builds_published" CHECK ("game_builds"."status" <> 'published' or "game_builds"."published_at" is not null),
	CONSTRAINT "game_builds_retired" CHECK (("game_builds"."status" = 'retired') = ("game_builds"."retired_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "game_releases" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"game" text NOT NULL,
	"channel" text NOT NULL,
	"version" text NOT NULL,
	"released_by" uuid,
	"released_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"end_reason" text,
	CONSTRAINT "game_releases_channel" CHECK ("game_releases"."channel" in ('stable', 'beta')),
	CONSTRAINT "game_releases_end" CHECK (("game_releases"."ended_at" is null) = ("game_releases"."end_reason" is null)),
	CONSTRAINT "game_releases_end_reason" CHECK ("game_releases"."end_reason" in ('superseded', 'rolled_back', 'restored', 'retired'))
);
--> statement-breakpoint
ALTER TABLE "games" ADD COLUMN "owner_id" uuid;--> statement-breakpoint
ALTER TABLE "game_builds" ADD CONSTRAINT "game_builds_game_games_slug_fk" FOREIGN KEY ("game") REFERENCES "public"."games"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "game_builds" ADD CONSTRAINT "game_builds_uploaded_by_users_id_fk" FOREIGN KEY ("uploaded_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "game_releases" ADD CONSTRAINT "game_releases_released_by_users_id_fk" FOREIGN KEY ("released_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "game_releases" ADD CONSTRAINT "game_releases_build" FOREIGN KEY ("game","version") REFERENCES "public"."game_builds"("game","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "game_releases_current" ON "game_releases" USING btree ("channel","game") WHERE "game_releases"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "game_releases_history" ON "game_releases" USING btree ("game","channel","released_at");--> statement-breakpoint
ALTER TABLE "games" ADD CONSTRAINT "games_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "games_owner" ON "games" USING btree ("owner_id");