#!/usr/bin/env bash
# Sets up the Google side: who may come in from AWS, what they may do, and where the rows go. Without any key.
set -euo pipefail

usage() {
  cat <<'HELP'
Usage: infra/gcp/set-up.sh --project ID --location LOCATION --aws-account ID --aws-role NAME [--aws-role NAME ...]
                           [--dataset NAME] [--staging-dataset NAME] [--bucket NAME] [--name NAME] [--dry-run]

  --project          Google Cloud project that holds the data and pays for the jobs
  --location         of the datasets and the bucket, e.g. EU or europe-west1
  --aws-account      12 digits: the account of the stack
  --aws-role         role that is let in, by its name or ARN: the stack's outputs GoogleRoleOfCopyParts, GoogleRoleOfDeliver
  --dataset          BigQuery dataset of the tables                        (default: tidegate)
  --staging-dataset  BigQuery dataset of the staging tables                (default: tidegate_staging)
  --bucket           Cloud Storage bucket that change sets pass through    (default: PROJECT-tidegate)
  --name             of identity pool and service account                  (default: tidegate)
  --dry-run          only say what would be done

Run it again at any time: what is as it should be stays, what differs is mended, a role that is no longer named is shut
out. The last lines are the credential configuration for infra/settings.json. It holds no secret.
HELP
}

project='' location='' aws_account='' dataset=tidegate staging_dataset=tidegate_staging bucket='' name=tidegate
dry_run=false
aws_roles=()
while [ $# -gt 0 ]; do
  case $1 in
    --project) project=$2 && shift 2 ;;
    --location) location=$2 && shift 2 ;;
    --aws-account) aws_account=$2 && shift 2 ;;
    --aws-role) aws_roles+=("${2##*/}") && shift 2 ;;
    --dataset) dataset=$2 && shift 2 ;;
    --staging-dataset) staging_dataset=$2 && shift 2 ;;
    --bucket) bucket=$2 && shift 2 ;;
    --name) name=$2 && shift 2 ;;
    --dry-run) dry_run=true && shift ;;
    --help) usage && exit 0 ;;
    *) echo "Unknown option: $1 (--help lists them)" >&2 && exit 2 ;;
  esac
done
if [ -z "$project" ] || [ -z "$location" ] || [ ${#aws_roles[@]} -eq 0 ]; then
  usage >&2 && exit 2
fi
if ! [[ $aws_account =~ ^[0-9]{12}$ ]]; then
  echo "--aws-account must have 12 digits, not '$aws_account'" >&2 && exit 2
fi
bucket=${bucket:-$project-tidegate}
account_email="$name@$project.iam.gserviceaccount.com"
# Staging tables outlive the 14 days in which an execution can be redriven; the parts are those of the last 30 days.
staging_seconds=$((15 * 24 * 3600))
object_days=30

changes=0
# change WHAT COMMAND...: does it, or says that it would.
change() {
  changes=$((changes + 1))
  echo "+ $1" >&2
  shift
  if ! $dry_run; then "$@" >&2; fi
}
# grant WHAT COMMAND...: as change; an account that was made a moment ago is not known everywhere at once.
grant() {
  change "$1" again_while_unknown "${@:2}"
}
again_while_unknown() {
  local output try
  for try in 1 2 3 4 5 6 7 8; do
    if output=$("$@" 2>&1); then return; fi
    if ! grep -qiE 'not[ _]?found|does not exist' <<<"$output"; then break; fi
    if [ "$try" -lt 8 ]; then sleep 5; fi
  done
  echo "$output" >&2 && exit 1
}
# read_or_empty COMMAND...: its output; nothing when what it asks for is not there. Any other failure ends the script.
# An API that was enabled a moment ago is not known everywhere at once; where a dry run finds one disabled, nothing is there.
read_or_empty() {
  local output try
  for try in 1 2 3 4 5 6 7 8; do
    if output=$("$@" 2>&1); then printf '%s' "$output" && return; fi
    if grep -qiE 'not[ _]?found|does not exist' <<<"$output"; then return; fi
    if ! grep -qiE 'has not been used in project|not enabled on project' <<<"$output"; then break; fi
    if $dry_run; then return; fi
    if [ "$try" -lt 8 ]; then sleep 5; fi
  done
  echo "$output" >&2 && exit 1
}
contains() { grep -qxF -- "$2" <<<"$1"; }

enabled=$(gcloud services list --enabled --project="$project" --format='value(config.name)')
for api in bigquery storage iam iamcredentials sts cloudresourcemanager; do
  contains "$enabled" "$api.googleapis.com" ||
    change "API $api" gcloud services enable "$api.googleapis.com" --project="$project"
done
number=$(read_or_empty gcloud projects describe "$project" --format='value(projectNumber)')
number=${number:-PROJECT_NUMBER}

# Who may come in: the roles of the two functions, and nobody else of that account.
pool=$(read_or_empty gcloud iam workload-identity-pools describe "$name" --location=global --project="$project" --format='value(state)')
case $pool in
  ACTIVE) ;;
  DELETED) change "identity pool $name, undeleted" gcloud iam workload-identity-pools undelete "$name" --location=global --project="$project" ;;
  *) change "identity pool $name" gcloud iam workload-identity-pools create "$name" --location=global --project="$project" --display-name='Tidegate' ;;
esac

role_arns=()
for role in "${aws_roles[@]}"; do role_arns+=("arn:aws:sts::$aws_account:assumed-role/$role"); done
quoted=$(printf ", '%s'" "${role_arns[@]}")
condition="attribute.aws_role in [${quoted:2}]"
# The subject is the role's name: an ARN with its session may be longer than the 127 bytes that a subject may have.
mapping="google.subject=assertion.arn.extract('assumed-role/{role}/'),attribute.aws_role='arn:aws:sts::' + assertion.account + ':assumed-role/' + assertion.arn.extract('assumed-role/{role}/')"
in_pool=(--workload-identity-pool="$name" --location=global --project="$project")
provider_options=(--account-id="$aws_account" --attribute-mapping="$mapping" --attribute-condition="$condition")
provider=$(read_or_empty gcloud iam workload-identity-pools providers describe aws "${in_pool[@]}" --format='value[separator="|"](state,aws.accountId,attributeCondition,attributeMapping."google.subject",attributeMapping."attribute.aws_role")')
subject=${mapping%%,attribute.*} && subject=${subject#*=}
role_attribute=${mapping#*attribute.aws_role=}
case $provider in
  "ACTIVE|$aws_account|$condition|$subject|$role_attribute") ;;
  '') change 'provider aws' gcloud iam workload-identity-pools providers create-aws aws "${in_pool[@]}" "${provider_options[@]}" ;;
  *)
    if [[ $provider == DELETED* ]]; then
      change 'provider aws, undeleted' gcloud iam workload-identity-pools providers undelete aws "${in_pool[@]}"
    fi
    change 'provider aws, as it should be' gcloud iam workload-identity-pools providers update-aws aws "${in_pool[@]}" "${provider_options[@]}"
    ;;
esac

account=$(read_or_empty gcloud iam service-accounts describe "$account_email" --project="$project" --format='value(email)')
[ -n "$account" ] ||
  change "service account $account_email" gcloud iam service-accounts create "$name" --project="$project" --display-name='Tidegate: copies parts and delivers rows'

principals="principalSet://iam.googleapis.com/projects/$number/locations/global/workloadIdentityPools/$name/attribute.aws_role"
user_role=roles/iam.workloadIdentityUser
let_in=$(read_or_empty gcloud iam service-accounts get-iam-policy "$account_email" --project="$project" --flatten='bindings[].members[]' --filter="bindings.role=$user_role" --format='value(bindings.members)')
wanted=$(printf "$principals/%s\n" "${role_arns[@]}")
while read -r member; do
  contains "$let_in" "$member" ||
    grant "let in ${member##*/}" gcloud iam service-accounts add-iam-policy-binding "$account_email" --project="$project" --role="$user_role" --member="$member"
done <<<"$wanted"
while read -r member; do
  [ -z "$member" ] || contains "$wanted" "$member" ||
    change "shut out ${member##*/}" gcloud iam service-accounts remove-iam-policy-binding "$account_email" --project="$project" --role="$user_role" --member="$member"
done <<<"$let_in"

# What they may do: start jobs in the project, write the two datasets, see the one bucket and write its objects.
member="serviceAccount:$account_email"
may_in_project=$(read_or_empty gcloud projects get-iam-policy "$project" --flatten='bindings[].members[]' --filter="bindings.members=$member" --format='value(bindings.role)')
contains "$may_in_project" roles/bigquery.jobUser ||
  grant 'may start BigQuery jobs' gcloud projects add-iam-policy-binding "$project" --role=roles/bigquery.jobUser --member="$member" --condition=None

for one in "$dataset" "$staging_dataset"; do
  expiry=()
  if [ "$one" = "$staging_dataset" ]; then expiry=(--default_table_expiration="$staging_seconds"); fi
  found=$(read_or_empty bq --project_id="$project" show --format=json --dataset "$project:$one")
  if [ -z "$found" ]; then
    change "dataset $one" bq --project_id="$project" --location="$location" mk --dataset "${expiry[@]+"${expiry[@]}"}" --description='Tidegate' "$project:$one"
  else
    is_in=$(sed -n 's/.*"location": *"\([^"]*\)".*/\1/p' <<<"$found")
    if [ "${is_in^^}" != "${location^^}" ]; then
      echo "Dataset $one is in $is_in, not in $location, and a dataset cannot be moved: name another one." >&2 && exit 1
    fi
    if [ ${#expiry[@]} -gt 0 ] && ! grep -qE "\"defaultTableExpirationMs\": *\"${staging_seconds}000\"" <<<"$found"; then
      change "dataset $one, its tables expire" bq --project_id="$project" update --dataset "${expiry[@]}" "$project:$one"
    fi
  fi
  grep -qF "\"$account_email\"" <<<"$found" ||
    grant "may write dataset $one" bq --project_id="$project" --location="$location" query --use_legacy_sql=false --quiet "GRANT \`roles/bigquery.dataEditor\` ON SCHEMA \`$project.$one\` TO '$member'"
done

lifecycle_file=$(mktemp)
trap 'rm -f "$lifecycle_file"' EXIT
printf '{"rule": [{"action": {"type": "Delete"}, "condition": {"age": %d}}]}' "$object_days" >"$lifecycle_file"
found=$(read_or_empty gcloud storage buckets describe "gs://$bucket" --format='value[separator="|"](location,uniform_bucket_level_access,public_access_prevention,lifecycle_config.rule[0].action.type,lifecycle_config.rule[0].condition.age,soft_delete_policy.retentionDurationSeconds)')
as_it_should=(--uniform-bucket-level-access --public-access-prevention --lifecycle-file="$lifecycle_file" --soft-delete-duration=0)
if [ -z "$found" ]; then
  change "bucket $bucket" gcloud storage buckets create "gs://$bucket" --project="$project" --location="$location" "${as_it_should[@]}"
else
  if [ "${found%%|*}" != "${location^^}" ]; then
    echo "Bucket $bucket is in ${found%%|*}, not in $location, and a bucket cannot be moved: name another one." >&2 && exit 1
  fi
  [ "${found#*|}" = "True|enforced|Delete|$object_days|0" ] ||
    change "bucket $bucket, as it should be" gcloud storage buckets update "gs://$bucket" "${as_it_should[@]}"
fi
may_in_bucket=$(read_or_empty gcloud storage buckets get-iam-policy "gs://$bucket" --flatten='bindings[].members[]' --filter="bindings.members=$member" --format='value(bindings.role)')
contains "$may_in_bucket" roles/storage.objectUser ||
  grant "may read and write the objects of $bucket" gcloud storage buckets add-iam-policy-binding "gs://$bucket" --role=roles/storage.objectUser --member="$member"
# A load job also looks at the bucket itself (storage.buckets.get), which a user of objects may not.
contains "$may_in_bucket" roles/storage.legacyBucketReader ||
  grant "may see the bucket $bucket" gcloud storage buckets add-iam-policy-binding "gs://$bucket" --role=roles/storage.legacyBucketReader --member="$member"

if $dry_run; then echo "$changes changes would be made." >&2; else echo "$changes changes made." >&2; fi

# Without `url` and `region_url` the client takes nothing but the function's own environment, and fails at once without.
cat <<CONFIG
{
  "type": "external_account",
  "audience": "//iam.googleapis.com/projects/$number/locations/global/workloadIdentityPools/$name/providers/aws",
  "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
  "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/$account_email:generateAccessToken",
  "token_url": "https://sts.googleapis.com/v1/token",
  "credential_source": {
    "environment_id": "aws1",
    "regional_cred_verification_url": "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
  }
}
CONFIG
