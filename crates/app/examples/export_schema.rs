//! Prints the command table as one JSON document: what `cargo xtask codegen` makes TypeScript types and the
//! reference of `--json` from.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use seatrial_app::api::{Access, ApiError, COMMANDS, Code};
use serde_json::{Map, Value, json};

fn main() -> Result<(), serde_json::Error> {
    let mut reading = generator(|s| s.for_deserialize());
    let mut writing = generator(|s| s.for_serialize());
    let mut commands = Map::new();
    for command in COMMANDS {
        let access = if command.access == Access::Read { "read" } else { "change" };
        commands.insert(
            command.name.to_owned(),
            json!({
                "about": command.about,
                "access": access,
                "params": (command.params)(&mut reading),
                "answer": (command.answer)(&mut writing),
            }),
        );
    }
    let error = writing.subschema_for::<ApiError>();
    let codes: Vec<Value> = Code::ALL.iter().map(|c| json!({"code": c, "exit": c.exit_status()})).collect();
    // A type that is read and written keeps the form in which it is written: there nothing is optional.
    let mut types = reading.take_definitions(true);
    types.extend(writing.take_definitions(true));
    let document = json!({
        "commands": commands,
        "error": error,
        "codes": codes,
        "$defs": types,
    });
    #[expect(clippy::print_stdout, reason = "printing the document is this program's purpose")]
    {
        println!("{}", serde_json::to_string_pretty(&document)?);
    }
    Ok(())
}

fn generator(contract: fn(SchemaSettings) -> SchemaSettings) -> SchemaGenerator {
    contract(SchemaSettings::draft2020_12()).into_generator()
}
