CREATE TABLE "wallet_holds" (
	"session_id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"price" bigint NOT NULL,
	"unit" text NOT NULL,
	"amount" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp with time zone,
	"charged" bigint,
	CONSTRAINT "wallet_holds_price" CHECK ("wallet_holds"."price" > 0 and "wallet_holds"."unit" in ('session', 'minute')),
	CONSTRAINT "wallet_holds_amount" CHECK ("wallet_holds"."amount" between "wallet_holds"."price" and 9007199254740991),
	CONSTRAINT "wallet_holds_settled" CHECK (("wallet_holds"."settled_at" is null) = ("wallet_holds"."charged" is null)),
	CONSTRAINT "wallet_holds_charged" CHECK ("wallet_holds"."charged" between 0 and "wallet_holds"."amount")
);
--> statement-breakpoint
CREATE TABLE "wallet_postings" (
	"transfer_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"source" text NOT NULL,
	"target" text NOT NULL,
	"amount" bigint NOT NULL,
	CONSTRAINT "wallet_postings_transfer_id_source_target_pk" PRIMARY KEY("transfer_id","source","target"),
	CONSTRAINT "wallet_postings_amount" CHECK ("wallet_postings"."amount" between 1 and 9007199254740991),
	CONSTRAINT "wallet_postings_accounts" CHECK ("wallet_postings"."source" in ('available', 'held', 'debt', 'revenue', 'payments', 'operator', 'promotions') and "wallet_postings"."target" in ('available', 'held', 'debt', 'revenue', 'payments', 'operator', 'promotions') and "wallet_postings"."source" <> "wallet_postings"."target")
);
--> statement-breakpoint
CREATE TABLE "wallet_transfers" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"session_id" uuid,
	"reverses" uuid,
	"reason" text,
	"actor_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wallet_transfers_key" UNIQUE("key"),
	CONSTRAINT "wallet_transfers_of_user" UNIQUE("id","user_id"),
	CONSTRAINT "wallet_transfers_reverses" UNIQUE("reverses"),
	CONSTRAINT "wallet_transfers_kind" CHECK ("wallet_transfers"."kind" in ('top_up', 'welcome', 'payment', 'payment_refund', 'session_hold', 'session_charge', 'session_refund', 'debt_paid', 'reversal')),
	CONSTRAINT "wallet_transfers_reversal" CHECK (("wallet_transfers"."kind" = 'reversal') = ("wallet_transfers"."reverses" is not null)),
	CONSTRAINT "wallet_transfers_reason" CHECK (char_length("wallet_transfers"."reason") between 1 and 500)
);
--> statement-breakpoint
CREATE TABLE "wallets" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"available" bigint DEFAULT 0 NOT NULL,
	"held" bigint DEFAULT 0 NOT NULL,
	"debt" bigint DEFAULT 0 NOT NULL,
	"revenue" bigint DEFAULT 0 NOT NULL,
	"payments" bigint DEFAULT 0 NOT NULL,
	"operator" bigint DEFAULT 0 NOT NULL,
	"promotions" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wallets_available" CHECK ("wallets"."available" >= 0),
	CONSTRAINT "wallets_held" CHECK ("wallets"."held" >= 0),
	CONSTRAINT "wallets_debt" CHECK ("wallets"."debt" <= 0),
	CONSTRAINT "wallets_debt_first" CHECK ("wallets"."debt" = 0 or "wallets"."available" = 0),
	CONSTRAINT "wallets_sum" CHECK ("wallets"."available" + "wallets"."held" + "wallets"."debt" + "wallets"."revenue" + "wallets"."payments" + "wallets"."operator" + "wallets"."promotions" = 0),
	CONSTRAINT "wallets_safe" CHECK (greatest("wallets"."available", "wallets"."held", -"wallets"."debt", abs("wallets"."revenue"), abs("wallets"."payments"), abs("wallets"."operator"), abs("wallets"."promotions")) <= 9007199254740991)
);
--> statement-breakpoint
ALTER TABLE "wallet_holds" ADD CONSTRAINT "wallet_holds_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_holds" ADD CONSTRAINT "wallet_holds_user_id_wallets_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."wallets"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_postings" ADD CONSTRAINT "wallet_postings_transfer" FOREIGN KEY ("transfer_id","user_id") REFERENCES "public"."wallet_transfers"("id","user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_transfers" ADD CONSTRAINT "wallet_transfers_user_id_wallets_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."wallets"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_transfers" ADD CONSTRAINT "wallet_transfers_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_transfers" ADD CONSTRAINT "wallet_transfers_actor_id_users_id_fk" FOREIGN KEY ("actor_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_transfers" ADD CONSTRAINT "wallet_transfers_reversed" FOREIGN KEY ("reverses","user_id") REFERENCES "public"."wallet_transfers"("id","user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallets" ADD CONSTRAINT "wallets_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "wallet_holds_open" ON "wallet_holds" USING btree ("session_id") WHERE "wallet_holds"."settled_at" is null;--> statement-breakpoint
CREATE INDEX "wallet_holds_user" ON "wallet_holds" USING btree ("user_id") WHERE "wallet_holds"."settled_at" is null;--> statement-breakpoint
CREATE INDEX "wallet_postings_user" ON "wallet_postings" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "wallet_transfers_user" ON "wallet_transfers" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "wallet_transfers_session" ON "wallet_transfers" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "wallets_updated" ON "wallets" USING btree ("updated_at");