//! Prints the command table as one JSON document: what `cargo xtask codegen` makes TypeScript types and the
//! reference of `--json` from.

use seatrial_app::api::{Access, ApiError, COMMANDS, Code};
use serde_json::{Map, Value, json};

fn main() -> Result<(), serde_json::Error> {
    let mut schemas = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/$defs".into())
        .into_generator();
    let mut commands = Map::new();
    for command in COMMANDS {
        let access = if command.access == Access::Read { "read" } else { "change" };
        commands.insert(
            command.name.to_owned(),
            json!({
                "about": command.about,
                "access": access,
                "params": (command.params)(&mut schemas),
                "answer": (command.answer)(&mut schemas),
            }),
        );
    }
    let error = schemas.subschema_for::<ApiError>();
    let codes: Vec<Value> = Code::ALL.iter().map(|c| json!({"code": c, "exit": c.exit_status()})).collect();
    let document = json!({
        "commands": commands,
        "error": error,
        "codes": codes,
        "$defs": schemas.take_definitions(true),
    });
    #[expect(clippy::print_stdout, reason = "printing the document is this program's purpose")]
    {
        println!("{}", serde_json::to_string_pretty(&document)?);
    }
    Ok(())
}
