CREATE TABLE "wallet_checkouts" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"pack" text NOT NULL,
	"credits" bigint NOT NULL,
	"amount" bigint NOT NULL,
	"currency" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wallet_checkouts_bounds" CHECK ("wallet_checkouts"."credits" > 0 and "wallet_checkouts"."amount" > 0)
);
--> statement-breakpoint
CREATE TABLE "wallet_payments" (
	"provider" text NOT NULL,
	"payment_id" text NOT NULL,
	"checkout_id" uuid,
	"user_id" uuid,
	"credits" bigint,
	"amount" bigint,
	"credited_at" timestamp with time zone,
	"refunded" bigint DEFAULT 0 NOT NULL,
	"charged_back" bigint DEFAULT 0 NOT NULL,
	"returned" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wallet_payments_provider_payment_id_pk" PRIMARY KEY("provider","payment_id"),
	CONSTRAINT "wallet_payments_known" CHECK (("wallet_payments"."credits" is null) = ("wallet_payments"."user_id" is null) and ("wallet_payments"."credits" is null) = ("wallet_payments"."amount" is null)),
	CONSTRAINT "wallet_payments_credited" CHECK ("wallet_payments"."credited_at" is null or "wallet_payments"."credits" is not null),
	CONSTRAINT "wallet_payments_back" CHECK ("wallet_payments"."refunded" >= 0 and "wallet_payments"."charged_back" >= 0),
	CONSTRAINT "wallet_payments_returned" CHECK ("wallet_payments"."returned" between 0 and case when "wallet_payments"."credited_at" is null then 0 else "wallet_payments"."credits" end)
);
--> statement-breakpoint
ALTER TABLE "wallet_checkouts" ADD CONSTRAINT "wallet_checkouts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_payments" ADD CONSTRAINT "wallet_payments_checkout_id_wallet_checkouts_id_fk" FOREIGN KEY ("checkout_id") REFERENCES "public"."wallet_checkouts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallet_payments" ADD CONSTRAINT "wallet_payments_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "wallet_checkouts_user" ON "wallet_checkouts" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "wallet_payments_user" ON "wallet_payments" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "wallet_payments_checkout" ON "wallet_payments" USING btree ("checkout_id");--> statement-breakpoint
CREATE INDEX "wallets_slice" ON "wallets" USING btree (get_byte(uuid_send(user_id), 15));